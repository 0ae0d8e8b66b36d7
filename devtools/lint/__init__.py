"""The house rules that no other linter knows: `python -m devtools.lint`, one file per group of rules."""
