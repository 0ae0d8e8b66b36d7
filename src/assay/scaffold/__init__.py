"""A new project: proposals from the files of a source, and the files that are written from them."""
