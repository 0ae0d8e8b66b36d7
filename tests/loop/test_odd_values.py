"""Odd values and days go through the loop: no bit changes, no number is lost, and every metric stays finite."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from assay.core.interval import Interval
from assay.stages.ingest.clean import clean

from ..expect_errors import missing_data
from .commands import CLEAN, DAY, SCORE, change, output_of, reweighed
from .conftest import TRAINED, Project
from .table_rows import rows_of


def numbers(document: Any) -> Iterator[float]:
    if isinstance(document, dict):
        for value in document.values():
            yield from numbers(value)
    elif isinstance(document, list):
        for value in document:
            yield from numbers(value)
    elif isinstance(document, float):
        yield document


def test_nan_infinity_huge_and_minus_zero_are_counted_and_every_metric_stays_finite(editable: Project) -> None:
    for rule in ('weightless, when: "weight <= 0"', 'absurd, when: "weight / boxes > 1000"'):
        editable.edit(rule, rule.split(",")[0] + ', when: "parcel < 0"')
    odd = reweighed("NaN", "Infinity", "-Infinity", "1e308", "-1e308", "-0.0")
    for day in (str(DAY), "2024-01-10"):  # one in the holdout, one in the training window
        change(editable.drop(day), odd)
    assert (
        missing_data(output_of(editable, *CLEAN, "--from", "2024-01-01", "--to", str(TRAINED), code=0), "38 days") == []
    )
    record, state = editable.context().ledger.latest("clean", "parcels")[DAY]
    assert (state.counts["in"], state.counts["out"]) == (120, 120)
    [profile] = editable.context().profiles.read("table", "parcels", record.run_id, [DAY]).values()
    weight = profile.columns["weight"]
    assert (weight.nans, weight.plus_inf, weight.minus_inf, weight.huge) == (1, 1, 1, 2)
    output_of(editable, "train", "parcels", "--date", str(TRAINED), code=0)
    judged = editable.here("gate", "parcels", "--date", str(TRAINED))
    assert judged.returncode in (0, 3), judged.stderr
    output_of(editable, *SCORE, code=0)
    output_of(editable, "monitor", *SCORE[1:], code=0)
    stored_numbers = [
        n for path in editable.home.glob("lake/_assay/**/*.json") for n in numbers(json.loads(path.read_text()))
    ]
    assert len(stored_numbers) > 100
    assert all(map(math.isfinite, stored_numbers))


def renamed(line: str) -> str:
    return ",".join(["XXX" if n == 2 else field for n, field in enumerate(line.split(","))])


def test_a_depot_that_training_never_saw_is_scored_and_counted(own: Project) -> None:
    change(own.drop(str(DAY)), lambda lines: [lines[0], *map(renamed, lines[1:8]), *lines[8:]])
    output_of(own, *CLEAN, "--date", str(DAY), code=0)
    output_of(own, "score", "parcels", "--date", str(DAY), code=0)
    scores = [float(str(row[2])) for row in rows_of(own, "predictions", "parcels")]
    assert len(scores) == 120
    assert all(0 <= score <= 1 for score in scores)
    [record] = own.context().ledger.records("score")
    [profile] = own.context().profiles.read("features", "parcels", record.run_id, [DAY]).values()
    assert profile.columns["depot_name"].categories["XXX"] == 7


def test_an_odd_session_zone_and_the_day_of_daylight_saving_change_no_bit(parcels: Path, tmp_path: Path) -> None:
    from parcel_code.landing import write_drops

    from assay.api import PipelineHandle

    first, days = date(2024, 3, 29), 5  # Berlin's clocks went forward on 2024-03-31
    results = []
    for zone in ("UTC", "America/St_Johns"):
        project = Project(parcels, tmp_path / zone)
        write_drops(project.home / "landing", first, days)
        ctx = project.context()
        ctx.spark.conf.set("spark.sql.session.timeZone", zone)
        try:
            interval = Interval(first, first + timedelta(days=days))
            for table in ("parcels", "deliveries"):
                assert clean(ctx, table, interval).numbers["out"] == days * 120
            features = PipelineHandle(ctx).features(first, interval.end)
            rows = sorted(features.selectExpr("*").collect())
            cleaned = ctx.spark.read.format("delta").load(f"file://{project.lake('clean', 'deliveries')}")
            instants = sorted(cleaned.selectExpr("ship_date", "parcel", "unix_micros(delivered_at)").collect())
        finally:
            ctx.spark.conf.set("spark.sql.session.timeZone", "UTC")
        results.append((rows, instants))
    assert results[0] == results[1]
    assert len(results[0][0]) == days * 120
