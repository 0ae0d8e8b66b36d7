"""The drops of 2013: real values, in daily files that hold only what was known when they arrived."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import yaml

from flight_delays.faults import ShuffledLabels, corrupt_day, restore_day, shuffled_candidates
from flight_delays.landing import OUTCOMES, SCHEDULE, WEATHER, ZONE, landed_at, write_drops

FIRST, LAST = date(2013, 1, 1), date(2013, 1, 4)
ROOT = Path(__file__).parents[2]


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def files(landing: Path) -> dict[str, bytes]:
    return {str(path.relative_to(landing)): path.read_bytes() for path in landing.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def landing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("landing")
    write_drops(folder, FIRST, LAST)
    return folder


def test_a_day_lands_as_one_plan_one_weather_file_and_three_files_of_outcomes(landing: Path) -> None:
    of_the_day = sorted(name for name in files(landing) if "/2013-01-02/" in name)
    assert of_the_day == [
        "outcomes/2013-01-02/arrived-2013-01-03.csv",
        "outcomes/2013-01-02/arrived-2013-01-04.csv",
        "outcomes/2013-01-02/arrived-2013-01-05.csv",
        "schedule/2013-01-02/schedule.csv",
        "weather/2013-01-02/weather.csv",
    ]


def test_each_planned_flight_has_exactly_one_outcome(landing: Path) -> None:
    def keys(pattern: str) -> list[tuple[str, ...]]:
        lines = [row for path in landing.glob(pattern) for row in rows(path)]
        return sorted(tuple(row[name] for name in ("flight_date", "carrier", "flight", "origin")) for row in lines)

    planned = keys("schedule/*/*.csv")
    assert planned == keys("outcomes/*/*.csv")
    assert len(planned) == len(set(planned)) == 842 + 943 + 914


def test_the_headers_are_the_contract_of_the_schemas() -> None:
    for name, header in (("schedule", SCHEDULE), ("weather", WEATHER), ("outcomes", OUTCOMES)):
        schema = yaml.safe_load((ROOT / "conf" / "schemas" / f"{name}.yaml").read_text(encoding="utf-8"))
        assert [column["name"] for column in schema["columns"]] == list(header)


def test_the_plan_knows_nothing_of_what_came_after_it(landing: Path) -> None:
    header = rows(landing / "schedule/2013-01-01/schedule.csv")[0].keys()
    assert not header & {"dep_time", "dep_delay", "arr_time", "arr_delay", "air_time", "landed_at"}


def test_the_instant_of_departure_is_its_local_clock_in_utc(landing: Path) -> None:
    for row in rows(landing / "schedule/2013-01-02/schedule.csv"):
        local = datetime.fromisoformat(row["sched_dep"]).astimezone(ZONE)
        assert str(local.date()) == row["flight_date"]
        assert local.hour * 100 + local.minute == int(row["sched_dep_time"])


def test_an_outcome_lands_one_to_three_days_later_in_the_file_of_its_landing_date(landing: Path) -> None:
    for path in landing.glob("outcomes/2013-01-01/*.csv"):
        for row in rows(path):
            known = datetime.fromisoformat(row["landed_at"])
            assert known == landed_at(FIRST, row["carrier"], row["flight"], row["origin"])
            assert path.name == f"arrived-{known.astimezone(ZONE).date()}.csv"
            assert 1 <= (known.astimezone(ZONE).date() - FIRST).days <= 3


def test_when_an_outcome_lands_says_nothing_about_the_delay(landing: Path) -> None:
    late: dict[str, list[bool]] = {}
    for path in landing.glob("outcomes/*/*.csv"):
        delay = date.fromisoformat(path.stem.removeprefix("arrived-")) - date.fromisoformat(path.parent.name)
        late.setdefault(str(delay.days), []).extend(
            int(row["arr_delay"]) > 15 for row in rows(path) if row["arr_delay"] != "NA"
        )
    shares = {days: sum(values) / len(values) for days, values in late.items()}
    whole = sum(map(sum, late.values())) / sum(map(len, late.values()))
    for days, values in late.items():
        error = (whole * (1 - whole) / len(values)) ** 0.5
        assert abs(shares[days] - whole) < 4 * error


def test_only_what_has_arrived_is_written_and_a_later_call_adds_the_rest(tmp_path: Path, landing: Path) -> None:
    write_drops(tmp_path, FIRST, LAST, arrived_before=date(2013, 1, 3))
    assert set(files(tmp_path)) == {
        "schedule/2013-01-01/schedule.csv",
        "schedule/2013-01-02/schedule.csv",
        "schedule/2013-01-03/schedule.csv",
        "weather/2013-01-01/weather.csv",
        "weather/2013-01-02/weather.csv",
        "outcomes/2013-01-01/arrived-2013-01-02.csv",
    }
    write_drops(tmp_path, FIRST, LAST)
    assert files(tmp_path) == files(landing)


def test_writing_twice_writes_nothing_and_leaves_a_changed_file_alone(tmp_path: Path) -> None:
    first = write_drops(tmp_path, FIRST, FIRST + timedelta(days=1))
    plan = tmp_path / "schedule/2013-01-01/schedule.csv"
    plan.write_text("somebody changed it\n", encoding="utf-8")
    second = write_drops(tmp_path, FIRST, FIRST + timedelta(days=1))
    assert (first.written, first.present, second.written, second.present) == (5, 0, 0, 5)
    assert plan.read_text(encoding="utf-8") == "somebody changed it\n"
    assert not list(tmp_path.rglob("*.tmp"))


def test_the_hour_that_comes_twice_stands_twice_in_the_weather_of_that_day(tmp_path: Path) -> None:
    write_drops(tmp_path, date(2013, 11, 3), date(2013, 11, 4))
    observed = rows(tmp_path / "weather/2013-11-03/weather.csv")
    instants = [(row["origin"], datetime.fromisoformat(row["time_hour"])) for row in observed]
    clocks = [(origin, instant.astimezone(ZONE).hour) for origin, instant in instants]
    assert {origin for origin, hour in clocks if hour == 1 and clocks.count((origin, hour)) == 2} == {
        "EWR",
        "JFK",
        "LGA",
    }
    assert len(set(instants)) == len(instants)


def test_the_weather_of_a_day_is_that_of_its_local_date(landing: Path) -> None:
    observed = rows(landing / "weather/2013-01-02/weather.csv")
    instants = [datetime.fromisoformat(row["time_hour"]) for row in observed]
    assert {instant.astimezone(ZONE).date() for instant in instants} == {date(2013, 1, 2)}
    assert min(instants) == datetime(2013, 1, 2, 5, tzinfo=UTC)


def test_a_corrupted_day_keeps_its_form_and_loses_its_sense_until_it_is_restored(tmp_path: Path) -> None:
    write_drops(tmp_path, FIRST, FIRST + timedelta(days=1))
    before = files(tmp_path)
    path = corrupt_day(tmp_path, FIRST)
    broken = rows(path)
    assert tuple(broken[0]) == SCHEDULE
    assert len(broken) == 421
    assert {row["origin"] for row in broken} == {"EWR", "JFK", "LGA", "NYC"}
    assert sum(int(row["distance"]) < 0 for row in broken) == 85
    restore_day(tmp_path, FIRST)
    assert files(tmp_path) == before


def test_shuffled_labels_are_a_real_xgboost_model_that_learnt_nothing() -> None:
    import numpy as np
    from optuna.trial import FixedTrial
    from sklearn.metrics import roc_auc_score
    from xgboost import XGBClassifier

    trial = FixedTrial(
        {"n_estimators": 80, "max_depth": 3, "learning_rate": 0.1, "min_child_weight": 20.0, "reg_lambda": 1.0}
    )
    random = np.random.default_rng(7)
    x = random.normal(size=(6_000, 3))
    y = (x[:, 0] + random.normal(size=6_000) > 0).astype(int)
    build = shuffled_candidates()["shuffled_labels"]
    models = [build(trial).set_params(n_jobs=1).fit(x[:3_000], y[:3_000]) for _ in range(2)]
    honest = XGBClassifier(n_estimators=20, max_depth=3, n_jobs=1).fit(x[:3_000], y[:3_000])
    scores = [model.predict_proba(x[3_000:])[:, 1] for model in models]
    assert isinstance(models[0], XGBClassifier) and isinstance(models[0], ShuffledLabels)
    assert (scores[0] == scores[1]).all()
    assert abs(roc_auc_score(y[3_000:], scores[0]) - 0.5) < 0.08
    assert roc_auc_score(y[3_000:], honest.predict_proba(x[3_000:])[:, 1]) > 0.75
