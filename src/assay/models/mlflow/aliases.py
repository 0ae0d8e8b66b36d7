"""The aliases `champion` and `challenger` in MLflow, which only ever follow the promotions.

A rollback at night waits for them, and importing MLflow alone takes seconds. So the usual stores are spoken to
directly, in the one shape of theirs that is known; whatever is not that is left to MLflow's own client.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, suppress
from typing import Any, Protocol

from assay.models.mlflow.aliases_rest import rest_aliases
from assay.models.mlflow.aliases_sqlite import sqlite_aliases
from assay.models.mlflow.client import UnsupportedStoreError, mlflow_errors, open_client

ALIASES = ("champion", "challenger")


class AliasStore(Protocol):
    """The aliases of one registered model, wherever they are kept."""

    def read(self) -> dict[str, int]:
        """Every alias and the version it points to."""
        ...

    def set(self, alias: str, version: int) -> None:
        """Let `alias` point to `version`, which has to exist."""
        ...

    def delete(self, alias: str) -> None:
        """Take `alias` away."""
        ...


def project_aliases(tracking_uri: str, model: str, champion: int | None, challenger: int | None) -> bool:
    """Whether any of the two aliases had to be mended: from here on they are exactly what the promotions say.

    Every other alias of the model stays as it was. Raises InfrastructureError when the store cannot be written.
    """
    wanted = {name: version for name, version in zip(ALIASES, (champion, challenger), strict=True) if version}
    with mlflow_errors(tracking_uri, "set the aliases"):
        with suppress(UnsupportedStoreError), _quick_store(tracking_uri, model) as store:
            return _mend(store, wanted)
        return _mend(ClientAliases(open_client(tracking_uri), model), wanted)


class ClientAliases:
    """Aliases through MLflow's own client: for every store there is, once MLflow is imported."""

    def __init__(self, client: Any, model: str) -> None:
        self._client = client
        self._model = model

    def read(self) -> dict[str, int]:
        """Every alias and its version; none for a model that is not registered yet."""
        for model in self._client.search_registered_models(f"name = '{self._model}'"):
            return {name: int(version) for name, version in model.aliases.items()}
        return {}

    def set(self, alias: str, version: int) -> None:
        """Let `alias` point to `version`."""
        self._client.set_registered_model_alias(self._model, alias, str(version))

    def delete(self, alias: str) -> None:
        """Take `alias` away."""
        self._client.delete_registered_model_alias(self._model, alias)


def _quick_store(uri: str, model: str) -> AbstractContextManager[AliasStore]:
    if uri.startswith("sqlite:///"):
        return sqlite_aliases(uri, model)
    if uri.startswith(("http://", "https://")):
        return rest_aliases(uri, model)
    raise UnsupportedStoreError


def _mend(store: AliasStore, wanted: Mapping[str, int]) -> bool:
    present = {name: version for name, version in store.read().items() if name in ALIASES}
    for name in sorted(present.keys() - wanted.keys()):
        store.delete(name)
    for name, version in wanted.items():
        if present.get(name) != version:
            store.set(name, version)
    return present != wanted
