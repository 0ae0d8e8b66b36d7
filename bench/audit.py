"""audit: the whole clean stage, against a job by hand without any of its checks."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from assay.core.interval import Interval
from assay.stages.ingest.clean import clean
from bench.data import DAY, DAYS, FEATURES, KEY
from bench.landing import landed
from bench.measure import Way
from bench.opened import context
from bench.proof import UnequalError, same_table
from bench.setting import Setting, write_delta
from bench.table import BenchComparison, Row, Target

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

SHARE = 4
"""CSV takes long to read: a quarter of the rows is enough."""

TABLE = "measurements"


def run(setting: Setting) -> list[Row]:
    """Clean, measure, judge and publish, manifests and ledger included, against reading, casting and writing."""
    rows = setting.rows // SHARE
    home = landed(setting, rows=rows, days=len(DAYS))
    by_assay, by_hand, again = (setting.place(f"audit-{name}") for name in ("ours", "hand", "again"))
    ways = [
        Way("ours", lambda: clean_landed(setting, home, by_assay), lambda: setting.place(by_assay.name)),
        Way("hand", lambda: write_delta(_read(setting, home), by_hand, DAY), lambda: setting.place(by_hand.name)),
    ]
    for way in ways:
        way.run()
    same_table(by_assay / "lake" / "clean" / TABLE, by_hand, [KEY], "the job by hand")
    frame = setting.spark.read.format("delta").load(by_hand.as_uri()).persist()
    ways.append(Way("write", lambda: write_delta(frame, again, DAY), lambda: setting.place(again.name)))
    ways[-1].run()
    costs = setting.time(ways)
    frame.unpersist()
    what = f"{rows:,} landed rows x {len(FEATURES) + 2}, {len(DAYS)} days"
    return [
        BenchComparison("audit", what, costs["ours"], "peer", "read, cast, write", costs["hand"], Target(1.5)),
        BenchComparison("audit", what, costs["ours"], "limit", "write of the cached frame", costs["write"]),
    ]


def clean_landed(setting: Setting, home: Path, leaves: Path) -> None:
    """Run the clean stage over all days that landed in `home`; lake and ledger go to `leaves`."""
    outcome = clean(context(setting, home, leaves), TABLE, Interval(DAYS[0], DAYS[-1] + timedelta(days=1)))
    if outcome.status != "done":
        raise UnequalError(outcome.sentence)


def _read(setting: Setting, home: Path) -> DataFrame:
    """Read the files by the reader's own schema: a text that is no number becomes a null without any report."""
    columns = ", ".join([f"{DAY} date", f"{KEY} long", *(f"{name} double" for name in FEATURES)])
    return setting.spark.read.schema(columns).csv(str(home / "landing" / TABLE), header=True, recursiveFileLookup=True)
