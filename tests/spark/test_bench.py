"""The benches run from end to end, and prove what they compare, on a few rows; nothing here is about their numbers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LINES = {
    "score": 2,
    "partitions": 3,
    "commit": 2,
    "quality": 3,
    "audit": 2,
    "rescore": 4,
    "loop": 2,
    "growth": 15,
    "small": 4,
    "nights": 3,
    "measuring": 4,
}
"""How many lines of the table each bench is to give."""

LONG = [("partitions", "quality", "rescore", "growth"), ("nights", "measuring"), ("loop",), ("small",)]
"""Those that take minutes however few the rows: they run with `make soak`. The last two need processes of their own."""


@pytest.mark.timeout(1800)
@pytest.mark.parametrize(
    "names",
    [
        pytest.param(("score", "commit", "audit"), marks=pytest.mark.system),
        *[pytest.param(names, marks=pytest.mark.soak) for names in LONG],
    ],
    ids=lambda names: "+".join(names),
)
def test_benches_prove_their_outputs_equal_and_print_one_table(names: tuple[str, ...], tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    quick = ["--quick", "--only", *names, "--json", str(report)]
    environment = {name: value for name, value in os.environ.items() if name != "ASSAY_BENCH_HOME"}
    done = subprocess.run(
        [sys.executable, "-m", "bench", *quick], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0].startswith("| bench")
    assert Counter(row["bench"] for row in json.loads(report.read_text())) == {
        "all": 1,
        **{name: LINES[name] for name in names},
    }
