"""`python -m devtools.local_airflow start | stop | status --home DIR`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from assay.errors import AssayError, InputError
from devtools.local_airflow.configuration import CONFIGURATION
from devtools.local_airflow.standalone import ROOT, USER, Airflow

PORT = 8080


def main(arguments: list[str]) -> int:
    """Run the command, print the reason on stderr where it fails, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m devtools.local_airflow", description="A real Airflow on loopback.")
    parser.add_argument("command", choices=["start", "stop", "status"])
    parser.add_argument("--home", type=Path, default=Path(".assay/airflow"), help="the folder of its files")
    parser.add_argument("--project", type=Path, default=ROOT, help="the project whose dags folder it reads")
    parser.add_argument("--port", type=int, default=PORT, help="of its first start on; it stays the same after that")
    options = parser.parse_args(arguments)
    airflow = Airflow(options.home, options.project, port=options.port)
    try:
        return {"start": _start, "stop": _stop, "status": _status}[options.command](airflow)
    except AssayError as error:
        print(error.render(), file=sys.stderr)
        return error.exit_code


def _start(airflow: Airflow) -> int:
    started = airflow.start()
    print(f"started: {', '.join(started)}" if started else "Airflow is running already; nothing was started")
    return _status(airflow)


def _stop(airflow: Airflow) -> int:
    stopped = airflow.stop()
    print(f"stopped: {', '.join(stopped)}" if stopped else "nothing was running")
    return 0


def _status(airflow: Airflow) -> int:
    """Print the processes that live, the address and the login; return 0 if all processes live, else 4."""
    if not (airflow.home / CONFIGURATION).is_file():
        raise InputError(f"there is no Airflow in {airflow.home}", code="no-airflow", hint="start one: make airflow")
    lines = {
        "processes": ", ".join(f"{daemon.name} ({daemon.pid or 'dead'})" for daemon in airflow.daemons),
        "address": airflow.address,
        "login": f"{USER}, {airflow.password}",
        "logs": str(airflow.layout.log("*")),
        "AIRFLOW_HOME": str(airflow.home),
    }
    for name, value in lines.items():
        print(f"{name:13} {value}")
    return 0 if all(daemon.pid for daemon in airflow.daemons) else 4


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
