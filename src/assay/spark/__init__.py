"""Spark measures: sessions, tables, landing, features as of an instant, scoring and fused Profiles."""
