"""Scoring of partitions, and the model's way to the executors."""
