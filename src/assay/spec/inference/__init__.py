"""The files of a source that has no description yet, and proposals from them."""
