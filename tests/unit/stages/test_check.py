"""The day on which features are proved, and what is around it."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from assay.core.interval import Interval
from assay.spec.project import load_pipeline, open_project
from assay.stages.context import Context
from assay.stages.proof import NEAR, find_sample, sample_on
from assay.store.record import Identity, PartitionState

PARCELS = Path(__file__).parents[2] / "projects" / "parcels"
FIRST = date(2024, 1, 1)


def context(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, days: dict[str, int], *, held: str = "") -> Context:
    """The pipeline of parcels, with so many days of each table published from the first on, but one held."""
    monkeypatch.setenv("ASSAY_HOME", str(tmp_path))
    monkeypatch.syspath_prepend(str(PARCELS))
    ctx = Context(load_pipeline(open_project(PARCELS), "parcels"))
    for table, number in days.items():
        dates = Interval(FIRST, FIRST + timedelta(days=number))
        states = {
            str(day): PartitionState("held" if str(day) == held else "published", Identity(table, str(day), "", "", ""))
            for day in dates
        }
        ctx.ledger.append(ctx.record(f"run-{table}", "clean", table, dates, "done", partitions=states))
    return ctx


def test_the_newest_day_with_whole_days_around_it_is_taken_though_outcomes_land_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ctx = context(tmp_path, monkeypatch, {"parcels": 40, "deliveries": 37})
    found = find_sample(ctx)
    assert found is not None
    behind = max(ctx.pipeline.spec.features.inputs.values())
    assert (found.day, found.reach) == (FIRST + timedelta(days=36 - min(7, behind)), NEAR)


def test_a_held_day_is_not_among_the_days_around(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ctx = context(tmp_path, monkeypatch, {"parcels": 40, "deliveries": 40}, held="2024-02-05")
    found = find_sample(ctx)
    assert found is not None
    reach = min(7, max(ctx.pipeline.spec.features.inputs.values()))
    assert found.day + timedelta(days=reach) < date(2024, 2, 5)


def test_too_few_days_prove_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert find_sample(context(tmp_path, monkeypatch, {"parcels": 2, "deliveries": 1})) is None
    (tmp_path / "none").mkdir()
    assert find_sample(context(tmp_path / "none", monkeypatch, {})) is None


def test_tables_that_have_a_day_a_month_are_proved_beside_the_nearest_days(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ctx = context(tmp_path, monkeypatch, {})
    months = [date(2024, month, 1) for month in (1, 2, 3)]
    for table in ("parcels", "deliveries"):
        states = {str(day): PartitionState("published", Identity(table, str(day), "", "", "")) for day in months}
        dates = Interval(months[0], months[-1] + timedelta(days=1))
        ctx.ledger.append(ctx.record(f"run-{table}", "clean", table, dates, "done", partitions=states))
    monkeypatch.setattr("assay.stages.proof.find_inputs", lambda *_: None)  # which needs the tables themselves
    found = find_sample(ctx)
    assert found is not None
    assert (found.day, found.reach) == (date(2024, 2, 1), 31)
    assert sample_on(ctx, date(2024, 2, 1)) == found


def test_only_days_of_the_dates_that_are_trained_on_are_proved_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ctx = context(tmp_path, monkeypatch, {"parcels": 40, "deliveries": 40})
    found = find_sample(ctx, Interval(FIRST, FIRST + timedelta(days=20)))
    assert found is not None
    assert found.day == FIRST + timedelta(days=14)
