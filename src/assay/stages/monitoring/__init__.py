"""The stage that judges what was served, and what people read: status and report."""
