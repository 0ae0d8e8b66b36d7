"""Locks of tables, the heartbeats of their holders, and what killed holders left."""
