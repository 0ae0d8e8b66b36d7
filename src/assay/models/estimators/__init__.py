"""The estimators that a bundle may hold, and how each is encoded, scored and stored."""
