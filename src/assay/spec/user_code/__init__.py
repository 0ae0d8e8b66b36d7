"""The user's code: found, called, and packed with its digest."""
