"""A model as files without a pickle: written, checked, and loaded to predict."""
