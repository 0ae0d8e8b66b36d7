"""More rows than fit into memory, on YARN with executors of 1 GiB: memory stays flat, and time grows as the rows do."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from bench.cluster import FLAT, SLOPE, measure, rows_of
from bench.multiplied import END, KNOWN
from bench.places import on_yarn
from bench.table import Share, table
from devtools.hadoop.cluster import Cluster

ROWS = int(os.environ.get("ASSAY_LARGE_ROWS", "50000000"))


@pytest.mark.soak
@pytest.mark.timeout(4 * 3600)
def test_fifty_million_rows_are_cleaned_validated_and_scored_in_flat_memory(
    cluster: Cluster, mlflow_server: str, tmp_path: Path
) -> None:
    from flight_delays.landing import write_drops

    drops = tmp_path / "drops" / "landing"
    write_drops(drops, KNOWN, END)
    place = on_yarn(tmp_path, cluster, mlflow_server)

    def show(line: str) -> None:
        sys.stderr.write(f"{line}\n")

    measurements = measure(place, drops, [ROWS // 4, ROWS], show)
    rows = rows_of("YARN", measurements)
    sys.stdout.write(table(rows))
    assert measurements[-1].rows >= ROWS
    missed = [row.what for row in rows if isinstance(row, Share) and row.met is False]
    assert not missed, f"memory may grow {FLAT} times, and the slope of time lie within {SLOPE}"
