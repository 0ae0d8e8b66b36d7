"""Ctrl-C in the middle of a Spark job: answered while the job still runs, and the same command finishes it later."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from assay.cli.interrupt import STOPPING
from assay.store.delta.log import table_version

from .conftest import Project

RUN = ("run", "parcels", "--date", "2024-01-01", "--select", "land..clean")
BLOCKED = '''"""A clean function whose rows wait for as long as the test holds a pipe open."""

import os

from pyspark.sql import DataFrame
from pyspark.sql import functions as F


def clean(frame: DataFrame) -> DataFrame:
    pipe = os.environ["PARCELS_PIPE"]

    @F.udf("double")
    def waited(weight):
        if os.path.exists(pipe):
            with open(pipe) as held:
                held.read()
        return weight

    return frame.withColumn("weight", waited("weight"))
'''


def _jvms_of(group: int) -> list[int]:
    """The Java processes of a process group."""
    pids = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            name, _, fields = (entry / "stat").read_text().partition(" (")[2].rpartition(") ")
        except OSError:
            continue
        if name == "java" and fields.split()[0] not in "ZX" and int(fields.split()[2]) == group:
            pids.append(int(entry.name))
    return pids


@pytest.mark.fault("R43", "Ctrl-C in the middle of a Spark job")
def test_a_job_that_is_interrupted_ends_at_once_and_runs_again(owned: Project, tmp_path: Path) -> None:
    (owned.root / "parcel_code" / "blocked.py").write_text(BLOCKED)
    owned.edit(
        "    key: [ship_date, parcel]\n", "    key: [ship_date, parcel]\n    function: parcel_code.blocked:clean\n"
    )
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with owned.start(*RUN, PARCELS_PIPE=str(pipe), new_session=True) as process:
        assert process.stderr is not None
        with pipe.open("w"):  # which waits until a row of Spark's job waits too
            assert _jvms_of(process.pid)
            os.killpg(process.pid, signal.SIGINT)
            line = process.stderr.readline().strip()
            assert line == STOPPING, "the job has not ended, and cannot while the pipe is held"
            rest = process.stderr.read()
            assert process.wait() == 130
            assert not _jvms_of(process.pid), "nothing is left that could still commit"
    assert "published in this run: land" in rest
    assert "error" not in rest
    assert table_version(owned.lake("clean", "parcels")) is None
    pipe.unlink()
    again = owned.assay(*RUN, PARCELS_PIPE=str(pipe))
    assert again.returncode == 0, again.stderr
    ctx = owned.context()
    assert len(ctx.ledger.records("clean", "parcels")) == 1
    [(_, state)] = ctx.ledger.latest("clean", "parcels").values()
    assert (state.state, state.counts["in"], state.counts["out"]) == ("published", 120, 120)
