"""One ledger record of each stage, as its stage fills it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from assay.core.check import Status
from assay.core.decisions.promotion_claim import PromotionClaim
from assay.core.interval import Interval
from assay.core.model_versions import ContenderEntry, ModelVersion
from assay.core.monitoring.action_review import ActionReview, ReviewOutcome
from assay.core.run_status import Ending, RunStatus
from assay.core.task_type import TaskType
from assay.core.verdict import Action, VerdictSummary
from assay.store.ledger.code_origin import CodeOrigin
from assay.store.ledger.footprint import ApplicationUse, Footprint, RunUse
from assay.store.ledger.run_details import (
    AnswerDetails,
    Cadence,
    CleaningDetails,
    DriftAlarm,
    ExecutorFit,
    FoldDetails,
    FoldReference,
    GateDetails,
    HandoverDetails,
    MonitoringDetails,
    OverrideDetails,
    ReleaseDetails,
    ReplayedDay,
    ReplayOrigin,
    ScoreReleaseDetails,
    ScoringDetails,
    StoredProcedure,
    TableRead,
    TrainingDetails,
    ValidationDetails,
)
from assay.store.ledger.run_record import PartitionFingerprint, PartitionState, PartitionStatus, RunRecord

DAY = date(2013, 6, 1)
AT = "2013-06-01T03:00:00Z"
WHO = "eva"


def state(name: str, counts: dict[str, int] | None = None, day: date = DAY) -> dict[str, PartitionState]:
    """Return the state of one partition by its date."""
    return {
        str(day): PartitionState(
            PartitionStatus(name), PartitionFingerprint("flights", str(day), "in", "code", "spec"), counts or {}
        )
    }


def scored(name: str, version: int) -> dict[str, PartitionState]:
    """Return the state of one partition with its model by its date."""
    return {day: replace(one, version=ModelVersion(version)) for day, one in state(name, {"rows": 842}).items()}


def record(stage: str, status: Ending, **fields: Any) -> RunRecord:
    """Return a record of one day with the fields that its stage adds."""
    fields = {
        "subject": "flights",
        "end": DAY + timedelta(days=1),
        "run_id": f"20130601T030000-{stage}-abc123",
        **fields,
    }
    return RunRecord(
        pipeline="flight_delays", stage=stage, start=DAY, status=status, at=AT, who=WHO, claimed="max", **fields
    )


def verdict(action: str, status: str = "pass") -> VerdictSummary:
    """Return a verdict without its findings."""
    return VerdictSummary(Status(status), Action(action), f"The action is {action}: größer.")


CONTENDER: dict[str, Any] = {
    "run_id": "0f3a",
    "digest": "d1",
    "kind": "candidate",
    "task": TaskType.CLASSIFICATION,
    "complexity": 2,
    "recipe": "r1",
    "validation": 0.75,
    "seconds": 1.5,
}
SECTION = {"rows": "flights", "inputs": {"weather": "3 days"}, "function": "flight_delays.features:build"}
COUNTS = {"in": 850, "out": 842, "quarantined": 7, "dropped": 1}
TRAINING = TrainingDetails(
    parent="9e1b",
    window=Interval(date(2013, 1, 1), date(2013, 5, 4)),
    blocks=(Interval(date(2013, 4, 4), date(2013, 5, 2)),),
    folds={"boosted": (FoldReference(date(2013, 4, 4), "fold-1", "d2"),)},
    source=CodeOrigin("0123456789abcdef0123456789abcdef01234567", dirty=False, reviewers=("max <max@example.org>",)),
    procedure=StoredProcedure("z1", "flight_delays.models:candidates", {"window": "60 days", "trials": 6}),
    features=("wind", "hour"),
    calendar={"hour": "of the calendar"},
    read={"flights": TableRead(3, date(2013, 1, 1), date(2013, 6, 1))},
    code="c1",
    feature_section=SECTION,
    contenders={"boosted": ContenderEntry(**CONTENDER)},
    constant=0.25,
    notes=("one column was constant",),
    distributed=ExecutorFit(900, 800, 2),
)
MAINTENANCE = {
    "tables": [],
    "skipped": {"clean/flights": "a job holds it"},
    "ledger": {"records": 0, "blocks": 0},
    "profiles": {"profiles": 0, "packs": 0},
    "leftovers": 1,
}

FOLD = FoldDetails(
    block=Interval(date(2013, 4, 4), date(2013, 5, 2)),
    window=Interval(date(2013, 1, 1), date(2013, 4, 1)),
    known_on=date(2013, 6, 1),
    inputs="i1-28",
    outcomes={"r1": "d2"},
    names={"r1": "boosted"},
)

RECORDS = {
    "land": record(
        "land", RunStatus.DONE, partitions=state("landed", {"lines": 850}), counts={"days": 1, "files": 1, "lines": 850}
    ),
    "clean": record(
        "clean",
        RunStatus.HELD,
        partitions=state("published", COUNTS) | state("held", COUNTS, DAY + timedelta(days=1)),
        counts=COUNTS,
        verdict=verdict("hold", "fail"),
        details=CleaningDetails(
            last_commit="clean/flights",
            rules={"quarantined": {"type: wind": 7}, "dropped": {"cancelled": 1}},
            reasons={DAY: "new", DAY + timedelta(days=1): "input changed"},
            replayed={DAY: ReplayedDay(2, 1, 5, (ReplayOrigin(5, WHO, AT, "sent again", "max"),))},
        ),
    ),
    "release": record(
        "clean",
        RunStatus.RELEASED,
        partitions=state("published", COUNTS),
        counts=COUNTS,
        why="the source was right",
        verdict=verdict("hold", "fail"),
        details=ReleaseDetails(last_commit="clean/flights", released_from="r1", measured_by="r1"),
    ),
    "validate": record(
        "validate",
        RunStatus.FAILED,
        partitions=state("fail"),
        counts={"days": 1, "warn": 0, "fail": 1},
        verdict=verdict("hold", "fail"),
        details=ValidationDetails(rescan=True),
    ),
    "train": record(
        "train",
        RunStatus.DONE,
        partitions=state("trained", {"rows": 842, "features": 2, "contenders": 1}),
        counts={"rows": 842, "features": 2, "contenders": 1},
        details=TRAINING,
        footprint=Footprint(10, 20, ApplicationUse("application_1", 30, 40, 50, "root.default", 60, 70)),
        use=RunUse(12.5, 20.25, 1_500_000_000, 842),
    ),
    "gate": record(
        "gate",
        Action.PROMOTE,
        why="boosted is better.",
        partitions=state("judged"),
        counts={"findings": 3},
        verdict=verdict("promote"),
        details=GateDetails(
            training="t1",
            forward="boosted",
            claim=PromotionClaim.BETTER,
            champion=None,
            state=3,
            promotion=1,
            against=None,
        ),
    ),
    "promote": record(
        "promote",
        RunStatus.DONE,
        verdict=verdict("promote"),
        details=HandoverDetails(
            promotion=5, before=ModelVersion(1), champion=ModelVersion(2), requested_by="20130801T000000-monitor-2"
        ),
        why="by hand",
    ),
    "decline": record(
        "promote",
        RunStatus.DECLINED,
        verdict=verdict("decline"),
        details=AnswerDetails(judged_by="g1", training="t1", promotion=None),
    ),
    "override": record(
        "promote",
        RunStatus.DONE,
        verdict=verdict("promote", "warn"),
        why="the depot moved",
        details=OverrideDetails(
            judged_by="g1", training="t1", contender="boosted", promotion=5, expires=date(2013, 9, 1)
        ),
    ),
    "score": record(
        "score",
        RunStatus.DONE,
        partitions=scored("scored", 2),
        counts={"rows": 842},
        details=ScoringDetails(
            last_commit="predictions/flight_delays",
            version=ModelVersion(2),
            digest="d1",
            read={"flights": TableRead(7, date(2013, 6, 1), date(2013, 6, 2))},
        ),
    ),
    "score-held": record(
        "score",
        RunStatus.HELD,
        partitions=scored("held", 2),
        counts={"rows": 0, "held": 842},
        verdict=verdict("hold", "fail"),
        details=ScoringDetails(last_commit="predictions_held/flight_delays", version=ModelVersion(2), digest="d1"),
    ),
    "score-release": record(
        "score",
        RunStatus.RELEASED,
        partitions=scored("scored", 2),
        counts={"rows": 842},
        why="a storm",
        verdict=verdict("hold", "fail"),
        details=ScoreReleaseDetails(
            last_commit="predictions/flight_delays",
            version=ModelVersion(2),
            digest="d1",
            read={"flights": TableRead(7, date(2013, 6, 1), date(2013, 6, 2))},
            released_from="r1",
            measured_by="r1",
        ),
    ),
    "fold": record("fold", RunStatus.DONE, counts={"rows": 61_000, "scored": 24_000}, details=FOLD),
    "monitor": record(
        "monitor",
        Action.RETRAIN,
        partitions=scored("judged", 2),
        counts={"days": 1, "labelled": 842},
        verdict=verdict("retrain", "warn"),
        details=MonitoringDetails(
            version=ModelVersion(2),
            drifted=(
                DriftAlarm(
                    check="drift.jump", column="wind", statistic="mean", category="", meaning="bad-days", move=0.3
                ),
            ),
            reviews=(ActionReview(DAY, Action.LOOK, ModelVersion(2), "looked", ReviewOutcome.CONFIRMED, -0.03, 28),),
            cadence=Cadence("trained", "recipe", 56),
        ),
    ),
    "maintain": record(
        "maintain", RunStatus.DONE, counts={"files_removed": 0}, verdict=verdict("maintain"), details=MAINTENANCE
    ),
}
