"""Scoring measures the sums of the daily summary, and SQL that is wrong is refused where it is written."""

from __future__ import annotations

import json
from datetime import date

import pytest

from assay.core.interval import Interval
from assay.stages.scoring.score import score

from ..expect_errors import error_codes, rendered_places
from .commands import output_of
from .conftest import TRAINED, Project

WEEK = Interval(date(2024, 1, 31), TRAINED)
NEWEST = date(2024, 2, 7)


def with_sum(project: Project, sql: str) -> Project:
    project.edit("monitor:  {", f'summary:  {{sums: {{risk: "{sql}"}}}}\nmonitor:  {{')
    return project


def test_the_sums_of_a_day_are_those_of_its_published_scores_and_its_rows(editable: Project) -> None:
    ctx = with_sum(editable, "sum(score * weight)").context()
    assert score(ctx, WEEK).exit_code == 0
    document = json.loads(output_of(editable, "summary", "parcels", "--json", code=0))
    assert document["day"] == str(NEWEST)
    assert document["compared"]["week_before"] == "2024-01-31"
    scores, rows = (
        ctx.spark.read.format("delta").load(f"file://{editable.lake(kind, 'parcels')}").where(f"ship_date = '{NEWEST}'")
        for kind in ("predictions", "clean")
    )
    pairs = scores.join(rows, ["ship_date", "parcel"]).select("score", "weight").collect()
    [risk] = document["compared"]["sums"]
    assert len(pairs) == document["compared"]["rows"]["value"]
    assert risk["value"] == pytest.approx(sum(score * weight for score, weight in pairs))
    assert risk["before"] is not None
    assert f"{NEWEST}" in output_of(editable, "summary", "parcels", code=0)


def test_wrong_sql_of_a_sum_is_refused_by_check_at_its_place_and_by_scoring(editable: Project) -> None:
    with_sum(editable, "sum(score * wieght)")
    refused = output_of(editable, "check", "parcels", code=2)
    [(code, place, marked)] = rendered_places(refused[refused.index("error[") :])
    assert (code, marked) == ("unknown-column", "wieght")
    path = editable.root / "conf" / "pipelines" / "parcels.yaml"
    lines = path.read_text().splitlines()
    line = next(number for number, text in enumerate(lines, start=1) if "wieght" in text)
    assert place.endswith(f"parcels.yaml:{line}:{lines[line - 1].index('wieght') + 1}")
    assert error_codes(output_of(editable, "score", "parcels", "--date", str(NEWEST), code=2)) == ["sum"]
    assert editable.context().ledger.records("score") == []
