"""Contenders, their bundles without a pickle, and MLflow, which shows them."""
