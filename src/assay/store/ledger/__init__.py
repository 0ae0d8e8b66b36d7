"""The documents of what happened: records, promotions, owners, pauses, submissions."""
