"""A lake as it looks after long use: small files, old versions, many records; and what maintenance says of it."""

from __future__ import annotations

import os
import time
from datetime import date, timedelta
from typing import Any

from assay.core.operations.retention import DAY
from assay.core.run_status import RunStatus
from assay.stages.runtime.context import StageOutcome
from assay.store.ledger.run_record import (
    RECORD_FORMAT,
    PartitionFingerprint,
    PartitionState,
    PartitionStatus,
    RunRecord,
)

from .conftest import Project

LAKE = ("clean", "held", "quarantine", "predictions")


def scatter(project: Project, kind: str, name: str, files: int = 6) -> None:
    """Write some days of a table anew as many small files, as many small appends would leave them."""
    spark, place = project.context().spark, f"file://{project.lake(kind, name)}"
    frame = spark.read.format("delta").load(place).where("ship_date >= '2024-02-01'")
    spark.conf.set("spark.sql.adaptive.enabled", "false")
    try:
        writer = frame.repartition(files).write.format("delta").mode("overwrite").option("dataChange", "false")
        writer.option("replaceWhere", "ship_date >= '2024-02-01'").save(place)
    finally:
        spark.conf.unset("spark.sql.adaptive.enabled")


def age(project: Project, days: float) -> None:
    """Let all that lies in the lake's tables have been written so many days earlier."""
    for kind in LAKE:
        for path in (project.home / "lake" / kind).rglob("*"):
            if path.is_file():
                moment = path.stat().st_mtime - days * DAY
                os.utime(path, (moment, moment))


def later(days: float) -> float:
    """The moment so many days from now."""
    return time.time() + days * DAY


def of_table(outcome: StageOutcome, place: str) -> dict[str, Any]:
    [entry] = [table for table in outcome.numbers["tables"] if table["table"] == place]
    return dict(entry)


def at_version(project: Project, version: int, kind: str = "clean", name: str = "parcels") -> list[tuple[str, ...]]:
    reader = project.context().spark.read.format("delta").option("versionAsOf", version)
    return sorted(tuple(map(str, row)) for row in reader.load(f"file://{project.lake(kind, name)}").collect())


def change_a_drop(project: Project, day: date, without: int) -> None:
    from parcel_code.landing import parcels_of, write

    rows = [row for row in parcels_of(day) if row[1] != without]
    write(project.drop(str(day)), ["ship_date", "parcel", "depot", "weight", "boxes"], rows)


def record_files(project: Project, kind: str) -> list[str]:
    folder = project.home / "lake" / "_assay" / "parcels" / kind
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def fill_ledger(project: Project, count: int) -> None:
    """Records of a land of a day long ago, again and again, until there are so many."""
    from assay.store.ledger.sequence import Sequence

    sequence = Sequence(project.home / "lake" / "_assay" / "parcels" / "ledger")
    for number in range(len(sequence.read()) + 1, count + 1):
        day = date(2023, 1, 1) + timedelta(days=number)
        state = PartitionState(
            PartitionStatus.LANDED, PartitionFingerprint("parcels", str(day), f"{number}", "", ""), {"lines": 120}
        )
        record = RunRecord(
            f"20230101T000000-land-{number:06x}", "parcels", "land", "parcels", day, day + timedelta(days=1),
            RunStatus.DONE, "2023-01-01T00:00:00Z", "tester", partitions={str(day): state}, number=number,
        )  # fmt: skip
        assert sequence.create(number, RECORD_FORMAT.document(record))
