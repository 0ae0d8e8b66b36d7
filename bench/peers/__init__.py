"""The monitors of other projects on the same days as Assay's; their packages live in an environment of their own."""
