"""How a test starts a command that Ctrl-C reaches."""

from __future__ import annotations

INTERRUPTIBLE = ("env", "--default-signal=INT")
"""The prefix of the command. A shell lets what it starts in the background ignore SIGINT, and processes inherit
that: where the tests themselves run in the background, no signal would arrive."""
