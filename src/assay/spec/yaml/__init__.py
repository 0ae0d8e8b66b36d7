"""YAML with the place of every key, for errors that show where."""
