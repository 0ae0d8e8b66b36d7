"""Tables of a Hive catalog go through land and clean, in a process with a metastore of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
COUNTED = {
    "no table": "no-source-table, exit 2",
    "first": {"in": 7, "out": 7},
    "unchanged": {},
    "late rows": {"in": 5, "out": 5},
    "refused row": {"in": 6, "out": 5, "quarantined": 1},
    "changed": "file-changed, exit 4",
    "drift": "changed-schema, exit 2",
}
REWRITTEN = {"rewritten": {"in": 1, "out": 1}, "published": {"2024-01-01": 1, "2024-01-02": 5}}


@pytest.mark.system
@pytest.mark.timeout(600)
def test_a_date_of_a_hive_table_is_cleaned_again_when_it_changes_and_not_published_when_it_changes_meanwhile(
    tmp_path: Path,
) -> None:
    command = [sys.executable, "-m", "tests.spark.hive_run", str(tmp_path)]
    paths = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    # Derby writes its log where the process is.
    done = subprocess.run(
        command, cwd=tmp_path, env={**os.environ, "PYTHONPATH": paths}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == {
        "parquet": COUNTED | REWRITTEN,
        "orc": COUNTED | REWRITTEN,
        "plain": COUNTED | {"published": {"2024-01-01": 3, "2024-01-02": 5}},
        "view": {"in": 9, "out": 8, "quarantined": 1},
        "delta": "delta-source, exit 2",
    }
