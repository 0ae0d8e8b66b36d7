"""Airflow's UI in Chromium: whoever looks at a red night sees the graph and the verdict."""

from __future__ import annotations

import json
import shutil
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest

from devtools.local_airflow.standalone import PYTHON, ROOT, USER

from .conftest import TRAINED, Night

pytestmark = [pytest.mark.system, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def chromium() -> str:
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("there is no chromium: apt install chromium")
    return program


def test_a_blocked_night_shows_its_graph_and_its_verdict(night: Night, chromium: str, tmp_path: Path) -> None:
    bad = TRAINED + timedelta(days=6)
    drop = next((night.home / "landing" / "parcels").glob(f"{bad}*/*.csv"))
    drop.write_text("".join(drop.read_text().splitlines(keepends=True)[:3]))
    run = night.trigger("parcels_daily", date=str(bad))
    assert night.ended("parcels_daily", run)["clean"] == "failed"
    sentence = str(night.verdict("parcels_daily", run, "clean")["sentence"])
    visit = {
        "address": night.airflow.address,
        "user": USER,
        "password": night.airflow.password,
        "dag": "parcels_daily",
        "run": run,
        "task": "clean",
        "said": sentence.partition(";")[0],
        "chromium": chromium,
        "pictures": str(tmp_path),
    }
    program = str(ROOT / "devtools" / "local_airflow" / "browse.py")
    done = subprocess.run(
        [str(PYTHON), "-P", program], input=json.dumps(visit), capture_output=True, text=True, check=False, timeout=600
    )
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    for task in ("wait_for_landing", "land", "clean", "validate", "score", "monitor"):
        assert task in seen["graph"]
    assert sentence[:60] in seen["verdict"]
    assert sentence[:60] in seen["log"]
