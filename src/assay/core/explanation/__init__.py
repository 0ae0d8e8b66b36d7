"""The parts of one score, and the key of the row that it belongs to."""
