"""The parts of one score of a stored model."""
