"""A pipeline whose ledger has a run of each stage, with values of rows and secrets where they could leak from."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pyarrow as pa
from deltalake import CommitProperties, write_deltalake

from assay.core.check import Finding, Severity, Status
from assay.core.decisions.promotion_claim import PromotionClaim
from assay.core.interval import Interval
from assay.core.model_versions import Evidence, ModelVersion
from assay.core.run_status import RunStatus
from assay.core.verdict import Action, Verdict
from assay.spec.schema.lineage import LineageSpec
from assay.spec.schema.table import TableSchema
from assay.stages.runtime.context import Context
from assay.store.decisions.promotions import PromotionKind
from assay.store.ledger.footprint import RunUse
from assay.store.ledger.run_details import (
    CleaningDetails,
    GateDetails,
    HandoverDetails,
    MonitoringDetails,
    ReleaseDetails,
    ScoringDetails,
    TableRead,
    ValidationDetails,
)
from assay.store.ledger.run_documents import DAILY_VERDICTS, VERDICT
from assay.store.ledger.run_record import PartitionFingerprint, PartitionState, PartitionStatus

from ...kept_models import a_training, a_version

CANARY = "row-value-canary"
"""A value of a row, a category and a text of the quarantine: no event may have it."""

DAYS = (date(2024, 3, 1), date(2024, 3, 2))
INTERVAL = Interval(DAYS[0], DAYS[-1] + timedelta(days=1))
COUNTS = {"in": 100, "out": 90, "quarantined": 8, "dropped": 2}
READ = {"parcels": TableRead(3, *DAYS), "deliveries": TableRead(5, *DAYS)}


def with_lineage(ctx: Context, **section: Any) -> Context:
    """Give the pipeline's environment a place for lineage."""
    object.__setattr__(ctx.pipeline.project.environment, "lineage", LineageSpec.model_validate(section))
    return ctx


def verdict(action: Action, *findings: tuple[str, str | None, Status]) -> Verdict:
    """A verdict whose sentences and numbers quote a value of a row."""
    quoting = tuple(
        Finding(check, status, f"It is {CANARY}.", Severity.WARNING, column, CANARY, CANARY, {"category": CANARY})
        for check, column, status in findings
    )
    worst = Status.FAIL if any(one.status is Status.FAIL for one in quoting) else Status.PASS
    return Verdict(worst, action, quoting[0].sentence, quoting)


def partitions(**states: dict[str, int]) -> dict[str, PartitionState]:
    """The state of each of the days, with its counts."""
    return {
        str(day): PartitionState(PartitionStatus(name), PartitionFingerprint("parcels", str(day), "", "", ""), counts)
        for day, (name, counts) in zip(DAYS, states.items(), strict=False)
    }


def record(ctx: Context, run_id: str, stage: str, subject: str = "parcels", **fields: Any) -> None:
    """Add a run that took 90 seconds to the ledger, an hour after the one before."""
    status, interval = fields.pop("status", RunStatus.DONE), fields.pop("interval", INTERVAL)
    made = ctx.record(run_id, stage, subject, interval, status, why=CANARY, **fields)
    at = f"2024-03-03T{len(ctx.ledger.records()):02}:00:00Z"
    ctx.ledger.append(replace(made, at=at, use=RunUse(90.0)))


def traced(ctx: Context) -> Context:
    """Add the runs: land, clean, release, validate, train, gate, score, monitor, rollback, pause."""
    rename_and_compute(ctx)
    _ingested(ctx)
    write_version(ctx, "clean", "parcels", "clean-1")
    window = Interval(DAYS[0], DAYS[1])
    details = a_training(window, features=("weight", "weekday"), calendar={"weekday": "of the calendar"}, read=READ)
    record(ctx, "train-1", "train", counts={"rows": 90}, details=details)
    _served(ctx)
    record(ctx, "pause-1", "pause", status=Action.PAUSE)
    return ctx


def rename_and_compute(ctx: Context) -> None:
    """Rename a column of parcels, and compute two by SQL that has a value of a row."""
    columns = ctx.pipeline.schemas["parcels"].model_dump(by_alias=True, exclude_none=True)["columns"]
    renamed = [{**one, "source": "Depot Name"} if one["name"] == "depot" else one for one in columns]
    computed = [
        {"name": "load", "type": "double", "sql": "weight / boxes"},
        {"name": "heavy", "type": "boolean", "sql": f"load > 3 AND depot = '{CANARY} parcel'"},
    ]
    ctx.pipeline.schemas["parcels"] = TableSchema.model_validate({"columns": [*renamed, *computed]})


def _ingested(ctx: Context) -> None:
    record(ctx, "land-1", "land", partitions=partitions(landed={"lines": 200}), counts={"lines": 200})
    max_check = ("expect_column_max_to_be_between", "weight")
    good = verdict(Action.PUBLISH, (*max_check, Status.PASS))
    bad = verdict(Action.HOLD, (*max_check, Status.FAIL))
    ctx.runs.write("clean-1", DAILY_VERDICTS, dict(zip(DAYS, (good, bad), strict=True)))
    rules = {"quarantined": {CANARY: 8}, "dropped": {CANARY: 2}}
    cleaning = CleaningDetails(last_commit="clean/parcels", rules=rules, reasons={})
    states = partitions(published=COUNTS, held=COUNTS)
    record(ctx, "clean-1", "clean", status=RunStatus.HELD, partitions=states, verdict=bad.summary, details=cleaning)
    second = Interval(DAYS[1], INTERVAL.end)
    state = {str(DAYS[1]): PartitionState(PartitionStatus.PUBLISHED, states[str(DAYS[1])].identity, COUNTS)}
    released = ReleaseDetails(last_commit="clean/parcels", released_from="clean-1", measured_by="clean-1")
    done = RunStatus.RELEASED
    record(ctx, "clean-2", "clean", status=done, interval=second, partitions=state, details=released)
    ctx.runs.write("validate-1", DAILY_VERDICTS, {DAYS[1]: bad})
    judged = ValidationDetails(rescan=False)
    record(ctx, "validate-1", "validate", status=RunStatus.FAILED, interval=second, details=judged)


def _served(ctx: Context) -> None:
    one = ModelVersion(1)
    judged = verdict(Action.PROMOTE, ("gate.pair", None, Status.PASS))
    ctx.runs.write("gate-1", VERDICT, judged)
    evidence = Evidence({one: a_version()})
    kind = PromotionKind.PROMOTE
    ctx.promotions.write(0, kind=kind, champion=one, why=CANARY, run_id="gate-1", evidence=evidence)
    claim = PromotionClaim.BETTER
    made = {"forward": "boosted", "claim": claim, "champion": None, "state": 1, "promotion": 1, "against": None}
    details = GateDetails(training="train-1", **made)  # type: ignore[arg-type]
    record(ctx, "gate-1", "gate", status=Action.PROMOTE, verdict=judged.summary, details=details)
    ctx.runs.write("score-1", DAILY_VERDICTS, {DAYS[0]: verdict(Action.PUBLISH, ("volume", None, Status.PASS))})
    scoring = ScoringDetails(last_commit="predictions/parcels", version=one, digest="d", read=READ)
    record(ctx, "score-1", "score", partitions=partitions(scored={"rows": 90}), details=scoring)
    drifted = verdict(Action.DOWNGRADE, ("drift.jump", "depot", Status.WARN), ("served.metric", None, Status.FAIL))
    ctx.runs.write("monitor-1", VERDICT, drifted)
    record(ctx, "monitor-1", "monitor", status=Action.DOWNGRADE, details=MonitoringDetails(version=ModelVersion(2)))
    handover = HandoverDetails(promotion=2, before=ModelVersion(2), champion=one, requested_by="monitor-1")
    record(ctx, "rollback-1", "rollback", status=Action.ROLLBACK, details=handover)


def write_version(ctx: Context, kind: str, table: str, run_id: str) -> None:
    """Write version 0 of a table of the lake as no run, and version 1 as this run."""
    for run in ("another", run_id):
        metadata = {"userMetadata": json.dumps({"run_id": run, "pipeline": ctx.pipeline.name})}
        rows, place = pa.table({"depot": [CANARY]}), str(ctx.folder(kind, table))
        write_deltalake(place, rows, mode="append", commit_properties=CommitProperties(custom_metadata=metadata))
