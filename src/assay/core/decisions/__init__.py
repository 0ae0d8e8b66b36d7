"""The decisions about a model: that of the gate, and that of the challenge."""
