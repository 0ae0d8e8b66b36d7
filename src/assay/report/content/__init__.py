"""The content of the pages as plain values, which a stage fills and a template shows."""
