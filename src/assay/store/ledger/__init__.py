"""The documents that say what happened: records, promotions, owners, pauses, submissions."""
