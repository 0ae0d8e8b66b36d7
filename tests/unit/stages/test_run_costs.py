"""The cost of stages from the ledger: which runs are compared, and when."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from assay.core.check import Severity
from assay.core.interval import Interval
from assay.core.model_versions import ModelVersion
from assay.core.run_status import RunStatus
from assay.core.verdict import Action
from assay.stages.runtime.context import Context
from assay.stages.runtime.run_costs import judge_run_costs
from assay.store.ledger.footprint import RunUse
from assay.store.ledger.run_details import MonitoringDetails, RunDetails, ScoringDetails
from assay.store.ledger.run_record import PartitionFingerprint, PartitionState, PartitionStatus

FIRST = date(2024, 3, 1)
NIGHTS = 12
NOISE = (1.0, 1.08, 0.93, 1.03, 0.97)


def recorded(
    ctx: Context, stage: str, night: int, seconds: float, status: RunStatus | Action = RunStatus.DONE, version: int = 1
) -> None:
    """A run of one day and 1,000 rows."""
    day, number = FIRST + timedelta(days=night), ModelVersion(version)
    details: RunDetails = {}
    if stage == "score":
        details = ScoringDetails(last_commit="predictions/parcels", version=number, digest="d")
    if stage == "monitor":
        details = MonitoringDetails(version=number)
    state = PartitionState(PartitionStatus.JUDGED, PartitionFingerprint("parcels", str(day), "", "", ""))
    record = ctx.record(
        f"{stage}-{night}", stage, "parcels", Interval.of(day), status, partitions={str(day): state}, details=details
    )
    took = seconds * NOISE[night % len(NOISE)]
    ctx.ledger.append(replace(record, use=RunUse(took, took, 10**9, 1_000)))


def nights(ctx: Context, score: tuple[float, ...], version: int = 1) -> None:
    """Nights that scored and were monitored, after those that the ledger has."""
    done = len(ctx.ledger.records("score"))
    for n, seconds in enumerate(score):
        recorded(ctx, "score", done + n, seconds, version=version)
        recorded(ctx, "monitor", done + n, 20, Action.NONE)


def judged(ctx: Context) -> dict[str, Severity]:
    return {finding.check: finding.severity for finding in judge_run_costs(ctx)}


def test_the_newest_run_of_each_stage_is_judged_and_the_last_monitoring_too(parcels: Context) -> None:
    nights(parcels, (40,) * NIGHTS)
    recorded(parcels, "score", NIGHTS, 90)
    recorded(parcels, "land", NIGHTS, 90)
    findings = {finding.check: finding for finding in judge_run_costs(parcels)}
    assert findings.keys() == {"cost.score", "cost.monitor"}
    assert (findings["cost.score"].status, findings["cost.score"].severity) == ("warn", "info")
    assert findings["cost.monitor"].status == "pass"


def test_a_stage_that_did_not_run_since_the_last_monitoring_is_not_judged_again(parcels: Context) -> None:
    for night in range(NIGHTS):
        recorded(parcels, "train", night, 300)
    assert judged(parcels).keys() == {"cost.train"}
    nights(parcels, (40,))
    assert "cost.train" not in judged(parcels)


def test_runs_that_did_not_do_the_work_of_their_stage_are_left_out(parcels: Context) -> None:
    nights(parcels, (40,) * NIGHTS)
    for night in range(NIGHTS, 2 * NIGHTS):
        recorded(parcels, "score", night, 1, RunStatus.NO_CHAMPION)
    recorded(parcels, "score", 2 * NIGHTS, 41)
    [score] = [finding for finding in judge_run_costs(parcels) if finding.check == "cost.score"]
    assert score.status == "pass"
    assert score.details["growths"][0]["earlier"] == NIGHTS


def test_a_model_that_is_dearer_than_the_one_before_is_named(parcels: Context) -> None:
    nights(parcels, (40,) * NIGHTS, version=1)
    nights(parcels, (90,) * 8, version=2)
    recorded(parcels, "score", NIGHTS + 8, 90, version=2)
    [dearer] = [finding for finding in judge_run_costs(parcels) if finding.check == "cost.version"]
    assert (dearer.severity, dearer.details["version"], dearer.details["before"]) == ("warning", 2, 1)


def test_records_from_before_the_use_was_measured_are_left_out(parcels: Context) -> None:
    day = PartitionState(PartitionStatus.SCORED, PartitionFingerprint("parcels", str(FIRST), "", "", ""))
    record = parcels.record("old", "score", "parcels", Interval.of(FIRST), RunStatus.DONE, partitions={str(FIRST): day})
    parcels.ledger.append(replace(record, use=None))
    assert judge_run_costs(parcels) == []
