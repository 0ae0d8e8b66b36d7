"""The only access to MLflow: a client without global state, quiet, whose errors hold no secret."""

from __future__ import annotations

import logging
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from assay.errors import AssayError, InfrastructureError

PLACE = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]*://)(?:[^/?#\s]*|[^:/@\s]*:(?!\d+[/?#])[^@\s]*)@", re.IGNORECASE)
"""A user and a password. The second form is that of a database, whose password may hold any sign but @."""


def open_client(tracking_uri: str) -> Any:
    """Return an MlflowClient for tracking and registry at `tracking_uri`; a missing SQLite file is created.

    The client sends no telemetry and logs nothing below a warning.

    Raises:
        InfrastructureError: The store cannot be opened.
    """
    # MLflow reads the first two while it is imported.
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    os.environ.setdefault("DO_NOT_TRACK", "true")
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    os.environ.setdefault("MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT", "true")
    with mlflow_errors(tracking_uri, "open its store"):
        if tracking_uri.startswith("sqlite:///"):
            Path(tracking_uri.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
        from mlflow.tracking import MlflowClient

        for name in ("mlflow", "alembic", "sqlalchemy"):
            logging.getLogger(name).setLevel(logging.WARNING)
        # It prints the traceback of every database error that it also raises.
        logging.getLogger("mlflow.store.db.utils").setLevel(logging.CRITICAL)
        return MlflowClient(tracking_uri, tracking_uri)


@contextmanager
def mlflow_errors(tracking_uri: str, doing: str) -> Iterator[None]:
    """Turn an error of MLflow inside into an InfrastructureError without any password.

    The cause is left out, since it may hold the password.
    """
    try:
        yield
    except AssayError:
        raise
    except Exception as error:
        first_line = (str(error).strip().splitlines() or [type(error).__name__])[0]
        # The cause is dropped: its text, and those of its own causes, may hold the URI.
        raise InfrastructureError(
            f"MLflow at {shown(tracking_uri)} could not {doing}: {_without_secret(first_line, tracking_uri)}",
            code="mlflow",
            hint="check the environment's MLflow tracking address, and that its server or file can be written",
        ) from None


def experiment_id(client: Any, name: str, artifacts: str | Path) -> str:
    """The id of the experiment `name`, created where there is none; `artifacts` is its folder or URI, or empty."""
    experiment = client.get_experiment_by_name(name)
    if experiment is None:
        place = None
        if artifacts:
            root = str(artifacts)
            place = f"{root if '://' in root else Path(root).absolute().as_uri()}/{name}"
        try:
            return str(client.create_experiment(name, artifact_location=place))
        except Exception:
            # Two processes may create it at once: then the other's is as good.
            experiment = client.get_experiment_by_name(name)
            if experiment is None:
                raise
    if experiment.lifecycle_stage == "deleted":
        client.restore_experiment(experiment.experiment_id)
    return str(experiment.experiment_id)


def fetch_folder(uri: str, target: Path, tracking_uri: str) -> Path:
    """Return `target`, which holds a copy of the folder of artifacts at `uri`: copied once, whole or not at all."""
    if target.is_dir():
        return target
    from mlflow.artifacts import download_artifacts

    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{target.name}.", dir=target.parent) as folder:
        copied = Path(download_artifacts(artifact_uri=uri, dst_path=folder, tracking_uri=tracking_uri))
        try:
            copied.rename(target)
        except OSError:
            if not target.is_dir():  # else another process was faster, with the same files
                raise
    return target


def shown(uri: str) -> str:
    """The address as it may be printed: without user, password and query.

    >>> shown("postgresql://me:secret@db:5432/mlflow?sslkey=x")
    'postgresql://***@db:5432/mlflow'
    """
    return PLACE.sub(r"\g<scheme>***@", uri).split("?")[0]


def _without_secret(text: str, uri: str) -> str:
    text = PLACE.sub(r"\g<scheme>***@", text.replace(uri, shown(uri)))
    try:
        password = urlsplit(uri).password
    except ValueError:
        password = None
    return text.replace(password, "***") if password else text
