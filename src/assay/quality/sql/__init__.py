"""Expectations as SQL of Spark: one expression per check."""
