"""MLflow: its address answers, and its server goes with the client."""

from __future__ import annotations

import os
from importlib.metadata import version
from pathlib import Path

from assay.doctor.check_line import PassedCheck
from assay.errors import InfrastructureError, InputError
from assay.spec.schema.environment import Environment

CONNECT_SECONDS = 5.0
"""MLflow's own client tries for minutes, so the address is tried before."""

_DATABASE_FILE = "sqlite:///"


def check_mlflow(environment: Environment) -> PassedCheck:
    """Return the address of MLflow and its version.

    A database file that does not exist is created by the first training, not by this check.

    Raises:
        InfrastructureError: It does not answer, or its store cannot be read.
        InputError: The server is of another major version than the client.
    """
    from assay.models.mlflow.client import mlflow_errors, open_client, shown

    address, client_version = environment.mlflow_tracking, version("mlflow")
    if address.startswith(_DATABASE_FILE) and not (file := Path(address.removeprefix(_DATABASE_FILE))).exists():
        _check_writable(file)
        return PassedCheck(f"{shown(address)} is created by the first training; MLflow {client_version}")
    server = _server_version(address, shown(address)) if address.startswith("http") else ""
    if server and server.partition(".")[0] != client_version.partition(".")[0]:
        hint = f"run a server of MLflow {client_version} there: pip install 'mlflow=={client_version}'"
        message = f"MLflow at {shown(address)} is version {server}, and the client is {client_version}"
        raise InputError(message, code="wrong-mlflow", hint=hint)
    client = open_client(address)
    with mlflow_errors(address, "be read"):
        client.search_experiments(max_results=1)
    return PassedCheck(
        f"{shown(address)} answers; " + (f"server {server}, " if server else "") + f"client {client_version}"
    )


def _server_version(address: str, shown_address: str) -> str:
    """Return the version of a server, empty where it does not show one without a login.

    Raises:
        InfrastructureError: Nothing answers at the address.
    """
    import requests

    try:
        answer = requests.get(f"{address.rstrip('/')}/version", timeout=CONNECT_SECONDS)
    except requests.RequestException as error:
        raise InfrastructureError(
            f"MLflow does not answer at {shown_address} ({type(error).__name__})",
            code="mlflow",
            hint=f"start it, such as 'mlflow server --port 5000', or correct 'mlflow: tracking:'; then "
            f"'curl {shown_address}/version'",
        ) from None
    text = answer.text.strip()
    return text if answer.ok and text[:1].isdigit() and len(text) < 40 else ""


def _check_writable(file: Path) -> None:
    there = next(folder for folder in file.parents if folder.is_dir())
    if not os.access(there, os.W_OK):
        hint = f"let {there} be writable for this user, or name another 'mlflow: tracking:'"
        raise InfrastructureError(f"MLflow's database cannot be created in {there}", code="mlflow", hint=hint)
