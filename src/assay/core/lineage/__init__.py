"""The lineage of a run in plain data: its job, its times, the datasets that it read and wrote."""
