"""The stage that trains: inputs, proof, fit, and what MLflow gets of it."""
