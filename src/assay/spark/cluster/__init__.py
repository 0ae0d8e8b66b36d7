"""What a driver knows of its cluster: tokens, workers, configuration, resources."""
