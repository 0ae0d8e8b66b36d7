"""Notifications without a transport: the kinds of event, their sentences, their texts, and when to try again."""
