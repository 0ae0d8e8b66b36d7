"""The spec: YAML in, checked objects out, and every mistake shown with its file, line and column."""
