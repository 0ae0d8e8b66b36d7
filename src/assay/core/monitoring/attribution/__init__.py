"""The parts of the change of a metric: incidents, mix, changed code, and the relation of features and label."""
