"""Back to safe: a rollback shows what a version reached, and repairs its scores from the data they were made of."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from assay.api import PipelineHandle
from assay.core.interval import Interval
from assay.core.model_versions import ModelVersion
from assay.stages.ingest.clean import clean
from assay.stages.ingest.land import land
from assay.stages.operations.retention_leases import find_leases
from assay.stages.promotion.promote import promote
from assay.stages.scoring.rescore import plan_repair
from assay.stages.scoring.score import score
from assay.store.delta.table_files import DeltaFiles
from assay.store.ledger.run_details import ScoringDetails

from ..another_version import another_version
from ..expect_errors import error_codes, missing_data
from .commands import finished
from .conftest import TRAINED, Project
from .table_rows import rows_of

WEEK = Interval(date(2024, 2, 1), TRAINED)
CHANGED = date(2024, 2, 3)
REASON = ["--reason", "its scores of this week are wrong"]


@pytest.fixture
def right(lived: Project, tmp_path: Path) -> list[tuple[object, ...]]:
    """What the first champion gives for the week."""
    project = lived.copy(tmp_path / "right")
    score(project.context(), WEEK)
    return rows_of(project, "predictions", "parcels")


@pytest.fixture
def wrong(own: Project) -> Project:
    """Another version was promoted and has scored the week, in two runs; then a table was corrected."""
    ctx = own.context(why="it was shown better")
    version = another_version(ctx, TRAINED)
    promote(ctx, version)
    for first, end in ((1, 4), (4, 8)):
        score(ctx, Interval(date(2024, 2, first), date(2024, 2, end)))
    path = own.drop(str(CHANGED))
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        row["weight"] = "1.5"
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    for stage in (land, clean):
        assert stage(own.context(), "parcels", Interval.of(CHANGED)).exit_code == 0
    return own


def test_a_rollback_repairs_the_scores_from_the_data_that_they_were_made_of(
    wrong: Project, right: list[tuple[object, ...]]
) -> None:
    ctx = wrong.context()
    served = rows_of(wrong, "predictions", "parcels")
    runs = [record.run_id for record in ctx.ledger.records("score")]
    shown = wrong.here("rollback", "parcels", "--dry-run")
    assert shown.returncode == 0, shown.stderr
    assert (
        missing_data(shown.stdout, "version 2", "7 days", WEEK.start, "2024-02-07", "840", "predictions/parcels") == []
    )
    state = ctx.promotions.current()
    assert state is not None
    assert state.champion == 2, "nothing was done"

    # The corrected day is read as it was, the others as they are: two scans.
    repair = plan_repair(ctx, ModelVersion(2), ModelVersion(1))
    assert sorted(map(len, repair.batches.values())) == [1, 6]
    assert repair.lost == ()

    document = json.loads(finished(wrong, "rollback", "parcels", "--rescore", *REASON, "--json"))
    back, *repaired = document["outcomes"]
    assert back["numbers"]["champion"] == 1
    assert back["numbers"]["reach"]["rows"] == 840
    assert [one["stage"] for one in repaired] == ["score", "score"]
    assert rows_of(wrong, "predictions", "parcels") == right

    handle = PipelineHandle(wrong.context())
    kept = [column for column in handle.predictions().columns if column not in ("run_id", "scored_at")]
    before = [row for run in runs for row in handle.predictions(run).select(*kept).collect()]
    assert sorted(tuple(map(str, row)) for row in before) == served, "what had been served is readable by its run"
    fresh = f"import assay; print(sum(assay.open('parcels').predictions(run).count() for run in {runs!r}))"
    alone = subprocess.run(
        [sys.executable, "-c", fresh], env=wrong.environment(), capture_output=True, text=True, check=False, timeout=300
    )
    assert (alone.returncode, alone.stdout.strip()) == (0, "840"), "in a process of its own: " + alone.stderr
    again = json.loads(finished(wrong, "score", "parcels", "--replace", "2", "--json"))
    assert [one["run_id"] for one in again["outcomes"]] == [None], "there is nothing left to repair"


def test_a_repair_that_is_killed_goes_on_with_the_days_that_are_left(
    wrong: Project, right: list[tuple[object, ...]]
) -> None:
    finished(wrong, "rollback", "parcels", *REASON)
    wrong.crashed("score", "parcels", "--replace", "2", at="score:after-commit")
    assert "still-champion" in error_codes(wrong.here("score", "parcels", "--replace", "1").stderr)
    finished(wrong, "score", "parcels", "--replace", "2")
    assert rows_of(wrong, "predictions", "parcels") == right
    versions = {state.version for _, state in wrong.context().ledger.latest("score", "parcels").values()}
    assert versions == {1}


def test_a_day_whose_data_are_gone_is_scored_from_todays_and_named(
    wrong: Project, right: list[tuple[object, ...]]
) -> None:
    folder = wrong.lake("clean", "parcels")
    for path in folder.glob(f"ship_date={CHANGED}/*.parquet"):
        if path.relative_to(folder).as_posix() not in DeltaFiles(folder).paths():
            path.unlink()
    document = json.loads(finished(wrong, "rollback", "parcels", "--rescore", *REASON, "--json"))
    _, *repaired = document["outcomes"]
    assert [str(CHANGED) in one["sentence"] for one in repaired] == [True]
    now = rows_of(wrong, "predictions", "parcels")
    differing = {one[0] for one, other in zip(now, right, strict=True) if one != other}
    assert differing == {str(CHANGED)}


def test_what_a_score_read_is_in_its_record_and_is_leased(wrong: Project) -> None:
    ctx = wrong.context()
    leases = find_leases(ctx)
    for record in ctx.ledger.records("score"):
        read = record.details_as(ScoringDetails).read
        assert set(read) == {"parcels", "deliveries"}
        assert (read["parcels"].start, read["parcels"].end) == (record.start, record.end)
        assert (record.start - read["deliveries"].start).days == 5
        for table, one in read.items():
            [lease] = [kept for kept in leases[f"clean/{table}"] if kept.why == f"read by {record.run_id}"]
            assert lease.version == one.version
            assert lease.days == frozenset(map(str, Interval(one.start, one.end)))
            explained = wrong.here("explain", record.run_id).stdout
            assert missing_data(explained, record.details_as(ScoringDetails).version, table, one.version) == []
