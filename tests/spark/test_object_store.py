"""A Delta table of an S3-compatible store is a source: delta-rs lands it, Spark cleans it, and no secret is kept."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from assay.errors import InfrastructureError
from devtools.object_store.jars import s3a_jars
from devtools.object_store.server import install_server, make_bucket, object_store

ROOT = Path(__file__).parents[2]
KEY, SECRET = "AKIAPLANTEDKEYID", "planted-secret-of-the-store"


@pytest.fixture(scope="module")
def jars() -> list[Path]:
    try:
        install_server()
        return s3a_jars()
    except InfrastructureError as error:
        pytest.skip(f"a package of the object store cannot be had: {error}")


def files_with(text: str, folder: Path) -> list[str]:
    """The files below a folder that hold a text."""
    return [str(path) for path in folder.rglob("*") if path.is_file() and text.encode() in path.read_bytes()]


@pytest.mark.system
@pytest.mark.timeout(900)
def test_a_delta_table_of_an_object_store_is_landed_and_cleaned_and_no_credential_is_kept(
    jars: list[Path], tmp_path: Path
) -> None:
    work = tmp_path / "work"
    work.mkdir()
    with object_store(tmp_path / "store") as address:
        make_bucket(address, "filled")
        variables = {
            "ASSAY_HOME": str(work),
            "PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]),
            "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_ENDPOINT_URL": address,
            "AWS_REGION": "eu-central-1",
            "AWS_ALLOW_HTTP": "true",
        }
        command = [sys.executable, "-m", "tests.spark.s3_run", str(work), address, ",".join(map(str, jars))]
        done = subprocess.run(
            command, cwd=work, env={**os.environ, **variables}, capture_output=True, text=True, check=False
        )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == {
        "no table": "no-source-table, exit 2",
        "first": {"in": 8, "out": 8},
        "unchanged": {},
        "late rows": {"in": 10, "out": 4, "quarantined": 6},
        "rewritten": {"in": 2, "out": 2},
        "by SQL": {"in": 6, "out": 6},
        "secrets in settings": 0,
    }
    assert len(files_with("fs.s3a.endpoint", work / "events")) == 1, "Spark's event log has the settings"
    assert files_with(SECRET, work) == []
    assert files_with(KEY, work) == []
    assert SECRET not in done.stdout + done.stderr
