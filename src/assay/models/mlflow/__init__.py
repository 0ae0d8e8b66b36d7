"""MLflow: runs, the registry, aliases and figures."""
