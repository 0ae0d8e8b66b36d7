"""What every stage does with a table: commit, recover, name it, know its owner."""
