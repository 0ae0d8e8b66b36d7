"""The check of docs/style.md: passages, the rules for them, and the baseline of files that still break them."""
