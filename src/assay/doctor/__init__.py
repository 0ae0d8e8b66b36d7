"""The checks of `assay doctor`: each returns a sentence, or raises an error with the command that mends it."""
