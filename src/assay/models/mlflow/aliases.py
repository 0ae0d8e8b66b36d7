"""The alias `champion` in MLflow, which only ever follows the promotions."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from assay.models.mlflow.client import mlflow_errors, open_client

ALIAS = "champion"
REQUEST_LIMITS = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1", "MLFLOW_HTTP_REQUEST_TIMEOUT": "5"}
"""Retries and seconds of a request of MLflow's client, which tries a dead server for minutes by its defaults."""


def project_alias(tracking_uri: str, model: str, champion: int | None) -> bool:
    """Bring the alias of `model` in line with its champion; every other alias of it stays as it was.

    Returns:
        Whether it had to be changed.

    Raises:
        InfrastructureError: The store cannot be reached or written, or lacks the version.
    """
    with mlflow_errors(tracking_uri, "set the alias"), limited_requests():
        client = open_client(tracking_uri)
        present = read_aliases(client, model).get(ALIAS)
        if champion is None and present is not None:
            client.delete_registered_model_alias(model, ALIAS)
        elif champion is not None and present != champion:
            client.set_registered_model_alias(model, ALIAS, str(champion))
    return present != champion


def read_aliases(client: Any, model: str) -> dict[str, int]:
    """Return every alias of `model` and its version; none for a model that is not registered yet."""
    for registered_model in client.search_registered_models(f"name = '{model}'"):
        return {name: int(version) for name, version in registered_model.aliases.items()}
    return {}


@contextmanager
def limited_requests() -> Iterator[None]:
    """Bound MLflow's requests where the environment does not: its client reads these settings at each of them."""
    added = REQUEST_LIMITS.keys() - os.environ.keys()
    os.environ.update({name: REQUEST_LIMITS[name] for name in added})
    try:
        yield
    finally:
        for name in added:
            os.environ.pop(name, None)
