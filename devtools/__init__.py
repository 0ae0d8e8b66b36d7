"""Programs for those who work on Assay; no pipeline needs them."""
