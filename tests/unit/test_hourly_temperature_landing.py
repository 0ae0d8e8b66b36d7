"""The drops of the second reference pipeline: every hour is planned, and what was observed lands a day later."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest
import yaml

from hourly_temperature.landing import HOURS, OBSERVATIONS, write_drops

from ..expect_errors import missing_data

FIRST = date(2013, 3, 9)
ROOT = Path(__file__).parents[2]


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def files(landing: Path) -> dict[str, bytes]:
    return {str(path.relative_to(landing)): path.read_bytes() for path in landing.rglob("*") if path.is_file()}


@pytest.mark.parametrize(("day", "hours"), [(date(2013, 3, 9), 24), (date(2013, 3, 10), 23), (date(2013, 11, 3), 25)])
def test_every_hour_of_a_local_date_is_planned_once_at_each_airport(tmp_path: Path, day: date, hours: int) -> None:
    write_drops(tmp_path, day, day + timedelta(days=1))
    planned = [(row["origin"], row["time_hour"]) for row in rows(tmp_path / f"hours/{day}/hours.csv")]
    assert len(planned) == len(set(planned)) == 3 * hours
    observed = [(row["origin"], row["time_hour"]) for row in rows(tmp_path / f"observations/{day}/observations.csv")]
    assert len(observed) == len(set(observed)) > 60
    assert set(observed) <= set(planned)


def test_a_plan_arrives_the_evening_before_and_the_observations_when_the_day_is_over(tmp_path: Path) -> None:
    end = FIRST + timedelta(days=2)
    assert write_drops(tmp_path, FIRST, end, arrived_before=FIRST) == 1
    assert list(files(tmp_path)) == ["hours/2013-03-09/hours.csv"]
    assert write_drops(tmp_path, FIRST, end, arrived_before=FIRST + timedelta(days=1)) == 2
    before = files(tmp_path)
    assert write_drops(tmp_path, FIRST, end) == 1, "what is there is left alone"
    after = files(tmp_path)
    assert {name: after[name] for name in before} == before
    assert after.keys() - before.keys() == {"observations/2013-03-10/observations.csv"}


def test_a_day_that_nobody_observed_has_no_file(tmp_path: Path) -> None:
    write_drops(tmp_path, date(2013, 12, 31), date(2014, 1, 1))
    assert list(files(tmp_path)) == ["hours/2013-12-31/hours.csv"]


def test_the_headers_are_the_contract_of_the_schemas() -> None:
    for name, header in (("hours", HOURS), ("observations", OBSERVATIONS)):
        schema = yaml.safe_load((ROOT / "conf" / "schemas" / f"{name}.yaml").read_text(encoding="utf-8"))
        assert [column["name"] for column in schema["columns"]] == list(header)


def test_the_command_lands_what_has_arrived_below_the_home(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hourly_temperature", "2013-01-01", "2013-01-03"]
    environment = os.environ | {"ASSAY_HOME": str(tmp_path)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert missing_data(done.stdout, 4) == []
    assert len(files(tmp_path / "landing")) == 4
