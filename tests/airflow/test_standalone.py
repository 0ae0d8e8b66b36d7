"""`make airflow` as a person uses it: address and login are printed, nothing is left when it is stopped."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
import requests

from devtools.hadoop.ports import free_port
from devtools.local_airflow.standalone import ROOT

from .conftest import leaders_of, living_in

pytestmark = [pytest.mark.system, pytest.mark.timeout(600)]


def make(*words: str) -> str:
    done = subprocess.run(["make", *words], cwd=ROOT, capture_output=True, text=True, check=False, timeout=400)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def listening(port: int) -> set[str]:
    """The addresses at which somebody listens on a port, as the kernel writes them."""
    lines = [
        line.split() for name in ("tcp", "tcp6") for line in Path(f"/proc/net/{name}").read_text().splitlines()[1:]
    ]
    return {line[1] for line in lines if line[1].endswith(f":{port:04X}") and line[3] == "0A"}


def test_it_prints_address_and_login_and_stops_without_a_leftover(tmp_path: Path) -> None:
    home, port = tmp_path / "airflow", free_port()
    variables = (f"AIRFLOW={home}", f"PORT={port}")
    try:
        stdout_text = make("airflow", *variables)
        address, password = f"http://127.0.0.1:{port}", re.search(r"login +admin, (\S+)", stdout_text)
        assert address in stdout_text
        assert password is not None
        assert listening(port) == {f"0100007F:{port:04X}"}, "loopback alone"
        for word, code in ((password[1], 201), ("admin", 401)):
            answer = requests.post(f"{address}/auth/token", json={"username": "admin", "password": word}, timeout=30)
            assert answer.status_code == code
        assert requests.get(f"{address}/api/v2/dags", timeout=30).status_code == 401, "nobody is let in without"
        assert (home / "airflow.cfg").stat().st_mode & 0o777 == 0o600
        assert "running already" in make("airflow", *variables)
        started = leaders_of(home)
        assert len(living_in(started)) > len(started) == 3
    finally:
        make("airflow-stop", *variables)
    assert living_in(started) == []
    assert "nothing was running" in make("airflow-stop", *variables)
