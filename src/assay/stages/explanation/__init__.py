"""explain: the accounts of a run, a date, a table, a version and one prediction, from what is stored."""
