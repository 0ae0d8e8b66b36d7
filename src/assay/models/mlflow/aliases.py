"""The aliases `champion` and `challenger` in MLflow, which only ever follow the promotions."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from assay.models.mlflow.client import mlflow_errors, open_client

ALIASES = ("champion", "challenger")
REQUEST_LIMITS = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1", "MLFLOW_HTTP_REQUEST_TIMEOUT": "5"}
"""Retries and seconds of a request of MLflow's client, which tries a dead server for minutes by its defaults."""


def project_aliases(tracking_uri: str, model: str, champion: int | None, challenger: int | None) -> bool:
    """Bring the two aliases of `model` in line with the roles; every other alias of it stays as it was.

    Returns:
        Whether any of them had to be changed.

    Raises:
        InfrastructureError: The store cannot be reached or written, or lacks a version.
    """
    wanted = {name: version for name, version in zip(ALIASES, (champion, challenger), strict=True) if version}
    with mlflow_errors(tracking_uri, "set the aliases"), _limited_requests():
        client = open_client(tracking_uri)
        present = {name: version for name, version in read_aliases(client, model).items() if name in ALIASES}
        for name in sorted(present.keys() - wanted.keys()):
            client.delete_registered_model_alias(model, name)
        for name, version in wanted.items():
            if present.get(name) != version:
                client.set_registered_model_alias(model, name, str(version))
    return present != wanted


def read_aliases(client: Any, model: str) -> dict[str, int]:
    """Return every alias of `model` and its version; none for a model that is not registered yet."""
    for registered_model in client.search_registered_models(f"name = '{model}'"):
        return {name: int(version) for name, version in registered_model.aliases.items()}
    return {}


@contextmanager
def _limited_requests() -> Iterator[None]:
    """Bound MLflow's requests where the environment does not: its client reads these settings at each of them."""
    added = REQUEST_LIMITS.keys() - os.environ.keys()
    os.environ.update({name: REQUEST_LIMITS[name] for name in added})
    try:
        yield
    finally:
        for name in added:
            os.environ.pop(name, None)
