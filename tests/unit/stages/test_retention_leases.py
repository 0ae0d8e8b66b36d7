"""Who keeps which version readable: roles, late trainings, scores that were replaced, and other pipelines' models."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pyarrow as pa
import pytest
from deltalake import CommitProperties, write_deltalake

from assay.core.interval import Interval
from assay.core.model_versions import Evidence, ModelVersion
from assay.core.operations.retention import Lease
from assay.core.run_status import RunStatus
from assay.stages.operations.retention_leases import find_leases
from assay.stages.runtime.context import Context
from assay.store.decisions.promotions import PromotionKind, Promotions
from assay.store.ledger.ledger import Ledger
from assay.store.ledger.run_details import TableRead
from assay.store.ledger.run_record import PartitionFingerprint, PartitionState, PartitionStatus

from ...kept_models import a_training, a_version, numbered

MONDAY = date(2024, 2, 5)


@pytest.fixture
def ctx(parcels: Context) -> Context:
    return parcels


def trained(ctx: Context, week: int, version: int, *, pipeline: str = "parcels", subject: str = "") -> str:
    """A training that read a version of the parcels; its run."""
    run_id, day = f"run-{pipeline}-{subject or 'own'}-{week}", MONDAY + timedelta(weeks=week)
    details = a_training(read={"parcels": TableRead(version, date(2024, 1, 1), date(2024, 2, 1))})
    record = ctx.record(run_id, "train", subject or pipeline, Interval.of(day), RunStatus.DONE, details=details)
    Ledger(ctx.lake, pipeline).append(record)
    return run_id


def promoted(ctx: Context, champions: list[int | None], runs: dict[int, str], name: str = "parcels") -> None:
    """The promotions of these champions, one after the other."""
    promotions = Promotions(ctx.lake, name)
    versions = {ModelVersion(version): a_version(training=run) for version, run in runs.items()}
    for number, champion in enumerate(champions):
        promotions.write(
            number, kind=PromotionKind.PROMOTE, champion=numbered(champion), why="",
            run_id=f"p{number}", evidence=Evidence(versions),
        )  # fmt: skip


def leases_of(ctx: Context, table: str = "clean/parcels") -> list[tuple[int, str]]:
    return [(lease.version, lease.why) for lease in find_leases(ctx).get(table, [])]


def test_nothing_was_trained_so_nothing_is_leased(ctx: Context) -> None:
    assert leases_of(ctx) == []


def test_champions_come_first_then_the_last_trainings_and_who_never_served_keeps_nothing(ctx: Context) -> None:
    runs = {n: trained(ctx, n, version=10 + n) for n in range(1, 10)}
    promoted(ctx, [1, 3, 4], {n: runs[n] for n in range(1, 6)})
    assert leases_of(ctx) == [
        (14, "champion 4 of parcels"),
        (13, "earlier champion 3 of parcels"),
        (11, "earlier champion 1 of parcels"),
        *((10 + n, f"training of parcels for {MONDAY + timedelta(weeks=n)}") for n in (6, 7, 8, 9)),
    ], "versions 2 and 5 were never promoted"


def test_side_trainings_have_a_count_of_their_own(ctx: Context) -> None:
    for week in range(6):
        trained(ctx, week, version=week)
    trained(ctx, 0, version=40, subject="parcels.deep")
    assert [version for version, _ in leases_of(ctx)] == [2, 3, 4, 5, 40]


def test_a_pipeline_whose_spec_cannot_be_asked_keeps_all_that_it_trained_on(ctx: Context) -> None:
    runs = {week: trained(ctx, week, version=week, pipeline="elsewhere") for week in range(7)}
    promoted(ctx, [1], {1: runs[0]}, "elsewhere")
    assert [version for version, _ in leases_of(ctx)] == [0, *range(7)]
    assert leases_of(ctx)[0] == (0, "champion 1 of elsewhere")


def scored(ctx: Context, run_id: str, days: list[str], version: int | None = None) -> None:
    """A scoring of some days, and its commit unless that is not there."""
    states = {
        day: PartitionState(PartitionStatus.SCORED, PartitionFingerprint("parcels", day, "", "", "")) for day in days
    }
    interval = Interval(date(2024, 2, 1), date(2024, 2, 9))
    ctx.ledger.append(ctx.record(run_id, "score", "parcels", interval, RunStatus.DONE, partitions=states))
    if version is not None:
        metadata = {"userMetadata": json.dumps({"run_id": run_id, "pipeline": "parcels"})}
        table = str(ctx.folder("predictions", "parcels"))
        properties = CommitProperties(custom_metadata=metadata)
        write_deltalake(table, pa.table({"x": [version]}), mode="append", commit_properties=properties)


def test_each_day_that_was_scored_again_keeps_what_was_served_before(ctx: Context) -> None:
    scored(ctx, "first", ["2024-02-01", "2024-02-02"], version=0)
    scored(ctx, "second", ["2024-02-02", "2024-02-03"], version=1)
    scored(ctx, "third", ["2024-02-01", "2024-02-02"], version=2)
    assert find_leases(ctx)["predictions/parcels"] == [
        Lease(0, "served by first", frozenset({"2024-02-02"})),
        Lease(1, "served by first", frozenset({"2024-02-01"})),
        Lease(1, "served by second", frozenset({"2024-02-02"})),
    ]


def test_a_scoring_whose_commit_the_log_no_longer_tells_leases_nothing(ctx: Context) -> None:
    scored(ctx, "first", ["2024-02-01"])
    scored(ctx, "second", ["2024-02-01"])
    assert find_leases(ctx)["predictions/parcels"] == []
