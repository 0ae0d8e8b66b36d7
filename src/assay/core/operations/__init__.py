"""The rules of operation: retention, compaction, submissions and the check of workers."""
