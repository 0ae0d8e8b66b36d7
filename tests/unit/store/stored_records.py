"""One ledger record of each stage, as its stage fills it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from assay.store.ledger.run_record import PartitionFingerprint, PartitionState, RunRecord

DAY = date(2013, 6, 1)
AT = "2013-06-01T03:00:00Z"
WHO = "eva"


def state(name: str, counts: dict[str, int] | None = None, day: date = DAY) -> dict[str, PartitionState]:
    """Return the state of one partition by its date."""
    return {
        str(day): PartitionState(name, PartitionFingerprint("flights", str(day), "in", "code", "spec"), counts or {})
    }


def record(stage: str, status: str, **fields: Any) -> RunRecord:
    """Return a record of one day with the fields that its stage adds."""
    fields = {
        "subject": "flights",
        "end": DAY + timedelta(days=1),
        "run_id": f"20130601T030000-{stage}-abc123",
        **fields,
    }
    return RunRecord(pipeline="flight_delays", stage=stage, start=DAY, status=status, at=AT, who=WHO, **fields)


def verdict(action: str, status: str = "pass") -> dict[str, str]:
    """Return a verdict without its findings."""
    return {"status": status, "action": action, "sentence": f"The action is {action}: größer."}


CONTENDER = {
    "run_id": "0f3a",
    "digest": "d1",
    "kind": "candidate",
    "task": "classification",
    "complexity": 2,
    "recipe": "r1",
    "validation": 0.75,
    "seconds": 1.5,
}
SECTION = {"rows": "flights", "inputs": {"weather": "3 days"}, "function": "flight_delays.features:build"}
COUNTS = {"in": 850, "out": 842, "quarantined": 7, "dropped": 1}
TRAINING = {
    "parent": "9e1b",
    "window": ["2013-01-01", "2013-05-04"],
    "holdout": ["2013-05-04", "2013-06-01"],
    "features": ["wind", "hour"],
    "calendar": {"hour": "of the calendar"},
    "read": {"flights": {"version": 3, "from": "2013-01-01", "to": "2013-06-01"}},
    "code": "c1",
    "feature_section": SECTION,
    "contenders": {"boosted": CONTENDER},
    "constant": 0.25,
    "notes": ["one column was constant"],
    "distributed": {"frame_bytes": 900, "driver_budget": 800, "workers": 2},
    "footprint": {"sent": 10, "received": 20},
}
MAINTENANCE = {
    "tables": [],
    "skipped": {"clean/flights": "a job holds it"},
    "ledger": {"records": 0, "blocks": 0},
    "profiles": {"profiles": 0, "packs": 0},
    "leftovers": 1,
}

RECORDS = {
    "land": record(
        "land", "done", partitions=state("landed", {"lines": 850}), counts={"days": 1, "files": 1, "lines": 850}
    ),
    "clean": record(
        "clean",
        "held",
        partitions=state("published", COUNTS) | state("held", COUNTS, DAY + timedelta(days=1)),
        counts=COUNTS,
        verdict=verdict("hold", "fail"),
        details={
            "last_commit": "clean/flights",
            "rules": {"quarantined": {"type: wind": 7}, "dropped": {"cancelled": 1}},
            "reasons": {"2013-06-01": "new", "2013-06-02": "input changed"},
        },
    ),
    "release": record(
        "clean",
        "released",
        partitions=state("published", COUNTS),
        counts=COUNTS,
        why="the source was right",
        verdict=verdict("hold", "fail"),
        details={"last_commit": "clean/flights", "released_from": "r1", "measured_by": "r1"},
    ),
    "validate": record(
        "validate",
        "failed",
        partitions=state("fail"),
        counts={"days": 1, "warn": 0, "fail": 1},
        verdict=verdict("hold", "fail"),
        details={"rescan": True},
    ),
    "train": record(
        "train",
        "done",
        partitions=state("trained", {"rows": 842, "features": 2, "contenders": 1}),
        counts={"rows": 842, "features": 2, "contenders": 1},
        details=TRAINING,
    ),
    "gate": record(
        "gate",
        "promote",
        why="boosted is better.",
        partitions=state("judged"),
        counts={"findings": 3},
        verdict=verdict("promote"),
        details={"training": "t1", "forward": "boosted", "challenger": None, "promotion": 1, "proposed": None},
    ),
    "challenge": record(
        "challenge",
        "promote",
        counts={"days": 20, "looks": 1},
        verdict=verdict("promote"),
        details={
            "champion": 1,
            "challenger": 2,
            "spent": 0.025,
            "promotion": None,
            "proposed": {"against": 4},
            "judged": ["2013-05-01", "2013-05-20"],
        },
    ),
    "promote": record(
        "promote", "done", verdict=verdict("promote"), details={"promotion": 5, "from": 1, "to": 2}, why="by hand"
    ),
    "decline": record(
        "promote",
        "declined",
        verdict=verdict("decline"),
        details={"judged_by": "g1", "training": "t1", "promotion": None},
    ),
    "score": record(
        "score",
        "done",
        partitions=state("scored", {"rows": 842, "version": 2, "challenger": 0}),
        counts={"rows": 842, "version": 2},
        details={"last_commit": "predictions/flight_delays", "version": 2, "challenger": None, "digest": "d1"},
    ),
    "monitor": record(
        "monitor",
        "retrain",
        partitions=state("judged", {"score": 2, "rows": 842, "shadow": 3}),
        counts={"days": 1, "labelled": 842},
        verdict=verdict("retrain", "warn"),
        details={"version": 2, "drifted": {"wind": 0.3, "hour": None}},
    ),
    "maintain": record(
        "maintain", "done", counts={"files_removed": 0}, verdict=verdict("maintain"), details=MAINTENANCE
    ),
}
