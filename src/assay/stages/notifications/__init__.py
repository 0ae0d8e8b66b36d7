"""Notifications of a pipeline: events from its ledger and from the clock, put into an outbox and delivered."""
