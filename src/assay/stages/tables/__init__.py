"""The common work of the stages with tables: commit, recover, name a table, know its owner."""
