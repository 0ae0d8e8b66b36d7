"""The benches run from end to end, and prove what they compare, on a few rows; nothing here is about their numbers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_a_bench_proves_its_outputs_equal_and_prints_one_table(tmp_path: Path) -> None:
    found = tmp_path / "found.json"
    quick = ["--quick", "--rows", "5000", "--only", "commit", "--json", str(found)]
    environment = {name: value for name, value in os.environ.items() if name != "ASSAY_BENCH_HOME"}
    done = subprocess.run(
        [sys.executable, "-m", "bench", *quick], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0].startswith("| bench")
    assert [row["target"] is not None for row in json.loads(found.read_text())] == [True, False]
