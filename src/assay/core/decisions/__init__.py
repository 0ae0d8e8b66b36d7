"""The decisions about a model: that of the gate, and those about a day of scores."""
