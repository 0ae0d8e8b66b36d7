"""The decisions about a model: the gate's, and the challenge's."""
