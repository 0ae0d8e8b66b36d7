"""The commands on quarantined records and their repairs."""
