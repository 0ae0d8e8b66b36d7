"""Pages and charts: self-contained HTML, from plain data."""
