"""Landed files: what is listed, read and remembered of each."""
