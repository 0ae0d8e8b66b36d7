"""The ML Test Score: its 28 tests, and the score of a pipeline."""
