"""The service of a pipeline beside its metric: business numbers, cost, freshness, label delay, and its periods."""
