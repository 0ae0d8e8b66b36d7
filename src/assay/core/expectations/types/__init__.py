"""The types of expectations that Assay judges, one file for each family; `catalog` imports them all."""
