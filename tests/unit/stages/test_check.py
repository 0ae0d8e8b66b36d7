"""The day on which features are proved, and what is around it."""

from __future__ import annotations

import shutil
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from assay.core.interval import Interval
from assay.core.run_status import RunStatus
from assay.errors import InputError
from assay.spec.project import load_pipeline, open_project
from assay.stages.features.leakage_proof import MAX_NEIGHBOUR_DAYS, find_sample, sample_on
from assay.stages.operations.check import check_functions, check_pipeline
from assay.stages.runtime.context import Context
from assay.store.ledger.run_record import PartitionFingerprint, PartitionState, PartitionStatus

from ...expect_errors import missing_data

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
            str(day): PartitionState(
                PartitionStatus.HELD if str(day) == held else PartitionStatus.PUBLISHED,
                PartitionFingerprint(table, str(day), "", "", ""),
            )
            for day in dates
        }
        ctx.ledger.append(ctx.record(f"run-{table}", "clean", table, dates, RunStatus.DONE, partitions=states))
    return ctx


def test_the_newest_day_with_whole_days_around_it_is_taken_though_outcomes_land_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ctx = context(tmp_path, monkeypatch, {"parcels": 40, "deliveries": 37})
    sample = find_sample(ctx)
    assert sample is not None
    behind = max(ctx.pipeline.spec.features.inputs.values())
    assert (sample.day, sample.reach) == (FIRST + timedelta(days=36 - min(7, behind)), MAX_NEIGHBOUR_DAYS)


def test_a_held_day_is_not_among_the_days_around(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ctx = context(tmp_path, monkeypatch, {"parcels": 40, "deliveries": 40}, held="2024-02-05")
    sample = find_sample(ctx)
    assert sample is not None
    reach = min(7, max(ctx.pipeline.spec.features.inputs.values()))
    assert sample.day + timedelta(days=reach) < date(2024, 2, 5)


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
        states = {
            str(day): PartitionState(PartitionStatus.PUBLISHED, PartitionFingerprint(table, str(day), "", "", ""))
            for day in months
        }
        dates = Interval(months[0], months[-1] + timedelta(days=1))
        ctx.ledger.append(ctx.record(f"run-{table}", "clean", table, dates, RunStatus.DONE, partitions=states))
    monkeypatch.setattr(
        "assay.stages.features.leakage_proof.find_inputs", lambda *_: None
    )  # which needs the tables themselves
    sample = find_sample(ctx)
    assert sample is not None
    assert (sample.day, sample.reach) == (date(2024, 2, 1), 31)
    assert sample_on(ctx, date(2024, 2, 1)) == sample


def test_only_days_of_the_dates_that_are_trained_on_are_proved_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ctx = context(tmp_path, monkeypatch, {"parcels": 40, "deliveries": 40})
    sample = find_sample(ctx, Interval(FIRST, FIRST + timedelta(days=20)))
    assert sample is not None
    assert sample.day == FIRST + timedelta(days=14)


@pytest.mark.parametrize("returned", [[], None, {}, {"boosted": 7}])
def test_candidates_that_are_no_functions_by_name_are_refused_by_a_static_check(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, returned: Any
) -> None:
    ctx = context(tmp_path, monkeypatch, {})
    assert missing_data(" ".join(check_functions(ctx)), "boosted") == []
    monkeypatch.setattr("parcel_code.models.candidates", lambda: returned)
    with pytest.raises(InputError) as refused:
        check_functions(ctx)
    assert (refused.value.code, refused.value.exit_code) == ("candidates-type", 2)


def test_candidates_that_raise_an_error_are_refused_by_a_static_check_at_their_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def candidates() -> Any:
        raise ImportError("no lightgbm here")

    ctx = context(tmp_path, monkeypatch, {})
    monkeypatch.setattr("parcel_code.models.candidates", candidates)
    with pytest.raises(InputError) as refused:
        check_functions(ctx)
    assert refused.value.code == "candidates-failed"
    assert refused.value.location is not None
    assert refused.value.location.text.strip() == 'raise ImportError("no lightgbm here")'


def test_a_suite_that_makes_no_sense_is_refused_by_a_static_check_with_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "project"
    shutil.copytree(PARCELS, root)
    suite = root / "conf" / "expectations" / "parcels.json"
    suite.write_text(
        suite.read_text().replace('"min_value": 20, "max_value": 500', '"min_value": 500, "max_value": 20')
    )
    monkeypatch.setenv("ASSAY_HOME", str(tmp_path))
    monkeypatch.syspath_prepend(str(root))
    ctx = Context(load_pipeline(open_project(root), "parcels"))
    with pytest.raises(InputError) as refused:
        check_pipeline(ctx, static=True, day=None, progress=lambda _: None)
    where = refused.value.location
    assert refused.value.code == "bad-suite"
    assert where is not None
    assert (where.file, where.line) == ("conf/expectations/parcels.json", 4)
    assert where.text[where.column - 1 : where.column + 2] == "500"
