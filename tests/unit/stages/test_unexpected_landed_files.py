"""A file that is no data stops the run of its own date, and no other."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from assay.core.interval import Interval
from assay.errors import InputError
from assay.stages.operations.run import plan, run
from assay.stages.runtime.context import Context

from ...expect_errors import raises_code

FIRST, SECOND = date(2024, 1, 1), date(2024, 1, 2)


def drop(ctx: Context, name: str, text: str) -> None:
    path = Path(str(ctx.landing / "landing" / "parcels" / name))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@pytest.fixture
def landed(parcels: Context) -> Context:
    """Two dates, the second one with a file beside its data that nobody expects there."""
    for n, day in enumerate((FIRST, SECOND)):
        drop(parcels, f"{day}/parcels.csv", f"ship_date,parcel,depot,weight,boxes\n{day},{n},north,1.5,1\n")
    drop(parcels, f"{SECOND}/checksums.txt", "parcels.csv 0\n")
    return parcels


def test_another_date_is_planned_and_run(landed: Context) -> None:
    steps = plan(landed, Interval.of(FIRST), ["land", "clean"])
    assert [(step.stage, step.due) for step in steps if step.subject == "parcels"] == [("land", 0), ("clean", 1)]
    outcomes = run(landed, Interval.of(FIRST), ["land"])
    assert [outcome.numbers for outcome in outcomes if outcome.subject == "parcels"] == [{"lines": 1}]


def test_its_own_date_is_refused_by_its_name(landed: Context) -> None:
    (step,) = [step for step in plan(landed, Interval.of(SECOND), ["clean"]) if step.subject == "parcels"]
    assert "parcels/2024-01-02/checksums.txt" in step.note
    with raises_code(InputError, "landing-file", "parcels/2024-01-02/checksums.txt") as caught:
        run(landed, Interval.of(SECOND), ["land"])
    assert (caught.value.code, caught.value.exit_code) == ("landing-file", 2)
