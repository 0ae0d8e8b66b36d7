"""The kept statistics of a version: a night measures its own day only, and nothing that is stale is ever used."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from assay.core.check import Finding
from assay.core.interval import Interval
from assay.core.model_versions import ModelVersion
from assay.core.monitoring.daily.series import StatisticKind
from assay.core.profiles.table_profile import TableProfile, merge_profiles
from assay.stages.monitoring.backtest import backtest
from assay.stages.monitoring.drift import DailyDrift, daily_drift, find_drift
from assay.stages.runtime.context import Context

from .served_world import NAME, World
from .test_drift import ROWS, TRAINED, day_of, promised

ONE = ModelVersion(1)
CALENDAR = {"month": "month", "weekday": "weekday"}
NIGHTS = 33


@pytest.fixture
def world(parcels: Context) -> World:
    """A version whose training kept 60 days; nothing is served yet."""
    made = World(parcels, label_delay=3)
    reference = {TRAINED - timedelta(days=n): day_of(TRAINED - timedelta(days=n)) for n in range(1, 61)}
    features = {
        day: TableProfile(ROWS, {name: state for name, state in profile.columns.items() if name != "score"})
        for day, profile in reference.items()
    }
    whole = merge_profiles(features.values())
    made.serves(made.trained(TRAINED, profile=whole, reference=features, judged=promised, calendar=CALENDAR))
    return made


def serve(world: World, n: int) -> None:
    """Score the n-th day; from the 10th on the scores are higher."""
    day = TRAINED + timedelta(days=n)
    world.scored({day: day_of(day, score=1.5 if n >= 10 else 0.0)})


def night(world: World, n: int, *, keep: bool = True) -> tuple[DailyDrift, list[Finding]]:
    interval = Interval.of(TRAINED + timedelta(days=n))
    daily = daily_drift(world.ctx, ONE, interval.end, keep=keep)
    return daily, find_drift(world.ctx, interval, daily)


def serve_until(world: World, n: int) -> None:
    """Serve and monitor all nights up to the n-th."""
    for day in range(n + 1):
        serve(world, day)
        if day in (0, n - 1, n):
            night(world, day)


def folder(world: World) -> Path:
    return Path(str(world.ctx.lake)) / "_assay" / NAME


def kept(world: World) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((folder(world) / "daily" / "1").glob("*"))}


def same(one: DailyDrift, two: DailyDrift) -> None:
    assert [series.name for series in one.series] == [series.name for series in two.series]
    for a, b in zip(one.series, two.series, strict=True):
        assert a.days == b.days
        for part in ("values", "errors", "effects"):
            np.testing.assert_array_max_ulp(getattr(a, part), getattr(b, part), maxulp=1)
    assert (one.served, one.scores, one.calendar) == (two.served, two.scores, two.calendar)
    assert one.other_kinds == two.other_kinds


def test_a_night_with_kept_statistics_finds_what_a_night_without_them_finds(world: World) -> None:
    loud = 0
    for n in range(NIGHTS):
        serve(world, n)
        if n in (0, 9, 10, 11, 12, 13, 20, 27, 28, NIGHTS - 2, NIGHTS - 1):
            daily, findings = night(world, n)
            shutil.move(folder(world) / "daily", folder(world) / "aside")
            bare, without = night(world, n, keep=False)
            assert not (folder(world) / "daily").exists(), "only a night that keeps statistics writes them"
            shutil.move(folder(world) / "aside", folder(world) / "daily")
            same(daily, bare)
            assert findings == without
            loud += sum("meaning" in finding.details for finding in findings)
    assert loud >= 2
    assert sorted(kept(world)) == ["2024-03.bin", "2024-04.bin", "proven.bin", "training.bin"]


def test_a_night_reads_the_profile_of_its_own_day_only(world: World) -> None:
    serve_until(world, 5)
    features = folder(world) / "profiles" / "features" / NAME
    for day in features.iterdir():
        shutil.rmtree(day)
    shutil.rmtree(folder(world) / "profiles" / "reference")
    serve(world, 6)
    daily, _ = night(world, 6)
    assert len(daily.served) == 7
    assert {len(one.days) for one in daily.series if one.name.column == "depot"} == {67}


def test_a_day_that_is_scored_again_is_measured_again(world: World) -> None:
    serve_until(world, 5)
    again = TRAINED + timedelta(days=2)
    before = TRAINED - timedelta(days=100)  # the run of a day of its own has another name
    world.scored({before: day_of(before), again: day_of(again, depot="W")})
    serve(world, 6)
    daily, _ = night(world, 6)
    [unseen] = [one for one in daily.series if one.name.kind is StatisticKind.UNSEEN and one.name.column == "depot"]
    assert unseen.effects[unseen.days.index(again)] == pytest.approx(0.6)
    assert unseen.effects[unseen.before(again) + 1 :].max() == 0


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-7])


def _flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))


@pytest.mark.parametrize("harm", [Path.unlink, _cut, _flip, lambda path: path.write_bytes(b"")])
@pytest.mark.parametrize("name", ["training.bin", "2024-03.bin", "proven.bin"])
def test_a_file_that_is_missing_or_torn_is_measured_again_and_written_anew(
    world: World, harm: Callable[[Path], None], name: str
) -> None:
    serve_until(world, NIGHTS - 1)
    whole = kept(world)
    before, findings = night(world, NIGHTS - 1)
    harm(folder(world) / "daily" / "1" / name)
    after, again = night(world, NIGHTS - 1)
    same(before, after)
    assert findings == again
    assert kept(world) == whole


@pytest.mark.parametrize("other", ["rules", "format"])
def test_statistics_of_another_definition_are_not_used(
    world: World, monkeypatch: pytest.MonkeyPatch, other: str
) -> None:
    serve_until(world, 3)
    if other == "rules":
        monkeypatch.setattr("assay.stages.monitoring.daily_statistics.rules_digest", lambda: "other")
    else:
        monkeypatch.setattr("assay.store.profiles.daily_statistics.FORMAT", 99)
    shutil.rmtree(folder(world) / "profiles" / "features" / NAME / str(TRAINED))
    with pytest.raises(Exception, match="missing"):
        night(world, 3)


def test_nights_that_are_made_up_for_one_by_one_keep_what_each_measured(world: World) -> None:
    for n in range(12):
        serve(world, n)
    night(world, 3)
    assert "proven.bin" not in kept(world)
    for n in range(4):
        shutil.rmtree(folder(world) / "profiles" / "features" / NAME / str(TRAINED + timedelta(days=n)))
    daily, _ = night(world, 11)
    assert len(daily.served) == 12


def test_an_old_night_that_is_monitored_again_leaves_what_is_kept(world: World) -> None:
    serve_until(world, NIGHTS - 1)
    before = kept(world)
    daily, _ = night(world, 12)
    assert max(daily.served) == TRAINED + timedelta(days=12)
    assert kept(world) == before


def test_a_backtest_uses_what_is_kept_and_writes_nothing(world: World) -> None:
    for n in range(12):
        serve(world, n)
    interval = Interval(TRAINED, TRAINED + timedelta(days=12))
    bare = backtest(world.ctx, interval)
    assert kept(world) == {}
    night(world, 11)
    before = kept(world)
    assert backtest(world.ctx, interval) == bare
    assert kept(world) == before


def test_statistics_that_cannot_be_written_are_a_line_and_no_failure(world: World) -> None:
    lines: list[str] = []
    world.ctx.progress = lines.append
    serve(world, 0)
    (folder(world) / "daily").write_text("in the way")
    _, findings = night(world, 0)
    assert findings
    assert lines


def test_a_column_of_the_calendar_that_varied_once_is_judged_on_all_days(world: World) -> None:
    serve_until(world, 3)
    day = TRAINED + timedelta(days=4)
    mixed = day_of(day)
    state = replace(mixed.columns["weekday"], categories={"Mon": 150, "Tue": 50})
    world.scored({day: TableProfile(ROWS, {**mixed.columns, "weekday": state})})
    daily, _ = night(world, 4)
    assert set(daily.calendar) == {"month"}
    assert {len(one.days) for one in daily.series if one.name.column == "weekday"} == {65}


def test_dates_of_two_months_are_read_in_order(world: World) -> None:
    serve_until(world, NIGHTS - 1)
    daily, _ = night(world, NIGHTS - 1)
    for one in daily.series:
        assert list(one.days) == sorted(one.days)
    assert date(2024, 4, 1) in daily.scores
