"""Landed files as the core sees them: formats, layouts of records, and types of columnar files."""
