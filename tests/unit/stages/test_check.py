"""The day on which `assay check` proves that features do not look ahead."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from assay.core.interval import Interval
from assay.spec.project import load_pipeline, open_project
from assay.stages.check import _sample_day
from assay.stages.context import Context
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
    found = _sample_day(ctx, None)
    assert found is not None
    behind = max(ctx.pipeline.spec.features.inputs.values())
    assert found == FIRST + timedelta(days=36 - min(7, behind))


def test_a_held_day_is_not_among_the_days_around(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ctx = context(tmp_path, monkeypatch, {"parcels": 40, "deliveries": 40}, held="2024-02-05")
    found = _sample_day(ctx, None)
    assert found is not None
    reach = min(7, max(ctx.pipeline.spec.features.inputs.values()))
    assert found + timedelta(days=reach) < date(2024, 2, 5)


def test_too_few_days_prove_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert _sample_day(context(tmp_path, monkeypatch, {"parcels": 2, "deliveries": 1}), None) is None
    (tmp_path / "none").mkdir()
    assert _sample_day(context(tmp_path / "none", monkeypatch, {}), None) is None
