"""The addresses of pages in MLflow's user interface, as a person opens them."""

from __future__ import annotations

import shlex

from assay.models.mlflow.client import shown

USUAL_PORT = "http://127.0.0.1:5000"
"""The address of `mlflow ui` without options."""


def runs_table(tracking_uri: str, experiment: str) -> str:
    """Return the address of an experiment's table of runs; for a database, the address under which `mlflow ui` has it.

    MLflow 3.17 opens an experiment on its page for language models, unless the link names the kind of work.

    >>> runs_table("sqlite:////data/mlflow.db", "1")
    'http://127.0.0.1:5000/#/experiments/1/runs?workflowType=machine_learning'
    """
    return f"{_server(tracking_uri)}/#/experiments/{experiment}/runs?workflowType=machine_learning"


def opened_by(tracking_uri: str) -> str:
    """Return the command that starts MLflow's user interface; empty where a server already has it.

    >>> opened_by("sqlite:////data/mlflow.db"), opened_by("http://mlflow:5000")
    ('mlflow ui --backend-store-uri sqlite:////data/mlflow.db', '')
    """
    return "" if _is_server(tracking_uri) else shlex.join(["mlflow", "ui", "--backend-store-uri", shown(tracking_uri)])


def _server(tracking_uri: str) -> str:
    return shown(tracking_uri).replace("***@", "").rstrip("/") if _is_server(tracking_uri) else USUAL_PORT


def _is_server(tracking_uri: str) -> bool:
    return tracking_uri.startswith(("http://", "https://"))
