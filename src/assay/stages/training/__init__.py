"""The stage that trains: inputs, proof, fit, and what it logs to MLflow."""
