"""The driver's view of its cluster: tokens, workers, configuration, resources."""
