"""The sources of a table: files that land by date, and tables that other jobs fill."""
