"""Files that are brought to the landing: whole, once, and never over other bytes by accident."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from assay.errors import InputError
from assay.store.landing.upload import upload_file

from ...expect_errors import raises_code

DAY = date(2013, 1, 5)


@pytest.fixture
def drop(tmp_path: Path) -> Path:
    path = tmp_path / "outbox" / "flights.csv"
    path.parent.mkdir()
    path.write_bytes(b"a,b\n1,2\n")
    return path


def test_a_drop_lands_under_its_date_and_a_second_time_changes_nothing(drop: Path, tmp_path: Path) -> None:
    [first] = upload_file(tmp_path, "landing/flights", DAY, [drop])
    assert (tmp_path / "landing/flights/2013-01-05/flights.csv").read_bytes() == drop.read_bytes()
    [second] = upload_file(tmp_path, "landing/flights", DAY, [drop])
    assert (first.known, second.known) == (False, True)
    assert first.sha256 == second.sha256
    assert [path.name for path in (tmp_path / "landing/flights/2013-01-05").iterdir()] == ["flights.csv"]


def test_other_bytes_replace_what_landed_only_when_that_is_meant(drop: Path, tmp_path: Path) -> None:
    upload_file(tmp_path, "landing/flights", DAY, [drop])
    drop.write_bytes(b"a,b\n3,4\n")
    with raises_code(InputError, "landed-already", "landing/flights/2013-01-05/flights.csv", "--force"):
        upload_file(tmp_path, "landing/flights", DAY, [drop])
    upload_file(tmp_path, "landing/flights", DAY, [drop], replace=True)
    assert (tmp_path / "landing/flights/2013-01-05/flights.csv").read_bytes() == b"a,b\n3,4\n"


@pytest.mark.parametrize("name", ["flights.parquet", "_flights.csv", ".flights.csv"])
def test_what_no_landing_would_read_is_not_put_there(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(b"a\n")
    with raises_code(InputError, "landing-file", name):
        upload_file(tmp_path / "home", "landing/flights", DAY, [path])
    assert not (tmp_path / "home").exists()


def test_a_missing_file_is_said_and_a_source_outside_of_the_landing_refused(drop: Path, tmp_path: Path) -> None:
    with raises_code(InputError, "no-file", "fligths.csv"):
        upload_file(tmp_path, "landing/flights", DAY, [drop.with_name("fligths.csv")])
    with raises_code(InputError, "path-outside", "../elsewhere"):
        upload_file(tmp_path / "home", "../elsewhere", DAY, [drop])
