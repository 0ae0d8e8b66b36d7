"""Proposals for a new pipeline from the rows of many days: types, dates, key, label, history, checks, windows."""
