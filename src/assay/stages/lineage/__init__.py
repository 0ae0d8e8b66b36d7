"""The lineage of a pipeline: runs of the ledger with their datasets, sent once each."""
