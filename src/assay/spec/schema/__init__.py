"""The sections of a spec, as checked objects."""
