"""Aliases through the public REST API of an MLflow server, without MLflow."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from assay.models.mlflow.client import UnsupportedStoreError

REQUEST_TIMEOUT_SECONDS = 10.0
"""Seconds for one request."""
BEYOND = (
    "MLFLOW_TRACKING_AUTH",
    "MLFLOW_TRACKING_AWS_SIGV4",
    "MLFLOW_TRACKING_CLIENT_CERT_PATH",
    "MLFLOW_TRACKING_INSECURE_TLS",
    "MLFLOW_TRACKING_SERVER_CERT_PATH",
    "MLFLOW_WORKSPACE",
)
"""Settings of MLflow's client that change how it asks and are not understood here."""
BUNDLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
"""Whom the library under MLflow's client trusts, in place of whom Python does."""
CREDENTIALS = Path("~/.mlflow/credentials")


@contextmanager
def rest_aliases(uri: str, model: str) -> Iterator[RestAliases]:
    """The aliases of `model` at the server `uri`.

    Raises Unfamiliar, inside too, for settings that only MLflow's client understands and for any answer but the
    expected one, and OSError for a server that nobody can reach: its client would ask for minutes.
    """
    parts = urlsplit(uri)
    settings = (*BEYOND, *BUNDLES) if parts.scheme == "https" else BEYOND
    beyond = any(os.environ.get(name) for name in settings) or CREDENTIALS.expanduser().exists()
    if beyond or "@" in parts.netloc or parts.query or parts.fragment:
        raise UnsupportedStoreError
    try:
        yield RestAliases(uri.rstrip("/") + "/api/2.0/mlflow/registered-models", model)
    except (HTTPException, ValueError, LookupError, TypeError, AttributeError) as error:
        raise UnsupportedStoreError from error


class RestAliases:
    """The aliases of one model as the endpoints under `address` read and write them."""

    def __init__(self, address: str, model: str) -> None:
        self._address = address
        self._model = model

    def read(self) -> dict[str, int]:
        """Every alias and its version."""
        registered_model = self._ask("GET", f"/get?{urlencode({'name': self._model})}")["registered_model"]
        return {item["alias"]: int(item["version"]) for item in registered_model.get("aliases", [])}

    def set(self, alias: str, version: int) -> None:
        """Let `alias` point to `version`."""
        self._ask("POST", "/alias", {"name": self._model, "alias": alias, "version": str(version)})

    def delete(self, alias: str) -> None:
        """Take `alias` away."""
        self._ask("DELETE", "/alias", {"name": self._model, "alias": alias})

    def _ask(self, method: str, path: str, body: dict[str, str] | None = None) -> Any:
        from urllib.error import HTTPError, URLError
        from urllib.request import Request

        data = None if body is None else json.dumps(body).encode()
        request = Request(self._address + path, data, _headers(), method=method)
        try:
            with _opener().open(request, timeout=REQUEST_TIMEOUT_SECONDS) as answer:
                return json.load(answer)
        except HTTPError as error:
            error.close()
            raise UnsupportedStoreError from error
        except URLError as error:
            # A certificate that is not trusted here may be by the client, which brings its own list.
            if "CERTIFICATE" in str(error.reason):
                raise UnsupportedStoreError from error
            raise


def _opener() -> Any:
    from urllib.request import HTTPRedirectHandler, build_opener

    class Stay(HTTPRedirectHandler):
        """Follows no redirection: the credentials are for the server that was named."""

        def redirect_request(self, *_: Any) -> None:
            return None

    return build_opener(Stay)


def _headers() -> dict[str, str]:
    """The credentials of the process environment, as MLflow's client sends them: a name and password, or a token."""
    name, password = os.environ.get("MLFLOW_TRACKING_USERNAME"), os.environ.get("MLFLOW_TRACKING_PASSWORD")
    token = os.environ.get("MLFLOW_TRACKING_TOKEN")
    headers = {"Content-Type": "application/json"}
    if name and password:
        headers["Authorization"] = "Basic " + base64.standard_b64encode(f"{name}:{password}".encode()).decode()
    elif token:
        headers["Authorization"] = f"Bearer {token}"
    return headers
