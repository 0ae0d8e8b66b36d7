"""The command that explains a run, a date, a table, a version or one prediction."""
