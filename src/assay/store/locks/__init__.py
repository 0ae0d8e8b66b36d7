"""Locks of tables, the heartbeats of who holds them, and what killed holders left."""
