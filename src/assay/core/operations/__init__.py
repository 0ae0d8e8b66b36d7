"""The rules of operation: retention, compaction, submissions, the check of workers."""
