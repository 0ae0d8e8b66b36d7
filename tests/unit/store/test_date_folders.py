"""Folders by date in the plain and in Hive's form, mixed in one source."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from assay.errors import InputError
from assay.spec.schema.table import TableSchema
from assay.store.landing import date_folders
from assay.store.landing.manifest import landed_bytes, landed_dates, landed_files, newest_landed_date, take_manifest
from assay.store.landing.upload import upload_file

from ...expect_errors import raises_code

DAY, NEXT, LAST = date(2013, 1, 5), date(2013, 1, 6), date(2013, 1, 7)
SOURCE = "landing/outcomes"
SCHEMA = TableSchema.model_validate({"columns": [{"name": "a", "type": "int"}]})


def drop(landing: Path, name: str, text: str = "a\n1\n") -> Path:
    path = landing / SOURCE / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_all_three_forms_are_seen_in_one_source(tmp_path: Path) -> None:
    drop(tmp_path, "2013-01-05/x.csv")
    drop(tmp_path, "date=2013-01-06/y.csv", "a\n2\n3\n")
    drop(tmp_path, "2013-01-07.csv", "a\n4\n")
    assert landed_dates(tmp_path, SOURCE) == [DAY, NEXT, LAST]
    assert newest_landed_date(tmp_path, SOURCE, NEXT) == NEXT
    assert [file.name for file in landed_files(tmp_path, SOURCE, NEXT)] == [f"{SOURCE}/date=2013-01-06/y.csv"]
    manifest = take_manifest(tmp_path, SOURCE, NEXT, SCHEMA)
    assert manifest is not None
    assert manifest.lines == 2
    assert landed_bytes(tmp_path, SOURCE, [DAY, NEXT, LAST]) == 14


def test_one_date_may_lie_in_both_forms_but_not_with_the_same_bytes(tmp_path: Path) -> None:
    drop(tmp_path, "2013-01-05/x.csv")
    second = drop(tmp_path, "fl_date=2013-01-05/x.csv", "a\n2\n")
    manifest = take_manifest(tmp_path, SOURCE, DAY, SCHEMA)
    assert manifest is not None
    assert [file.path for file in manifest.files] == [
        f"{SOURCE}/2013-01-05/x.csv",
        f"{SOURCE}/fl_date=2013-01-05/x.csv",
    ]
    assert landed_dates(tmp_path, SOURCE) == [DAY]
    second.write_text("a\n1\n")
    with raises_code(InputError, "duplicate-drop", "fl_date=2013-01-05/x.csv"):
        take_manifest(tmp_path, SOURCE, DAY, SCHEMA)


def test_two_names_before_the_dates_are_refused_wherever_dates_are_read(tmp_path: Path) -> None:
    drop(tmp_path, "date=2013-01-05/x.csv")
    drop(tmp_path, "day=2013-01-06/x.csv")
    with raises_code(InputError, "landing-date", "date=", "day="):
        landed_dates(tmp_path, SOURCE)
    with raises_code(InputError, "landing-date", "date=", "day="):
        landed_files(tmp_path, SOURCE, DAY)
    assert landed_bytes(tmp_path, SOURCE, [DAY]) == 0  # an estimate refuses nothing


@pytest.mark.parametrize(
    "name", ["date=2013-02-30", "date=20130105", "date=2013-1-5", "date=__HIVE_DEFAULT_PARTITION__"]
)
def test_a_folder_that_is_meant_as_a_date_and_is_none_is_refused(tmp_path: Path, name: str) -> None:
    drop(tmp_path, f"{name}/x.csv")
    with raises_code(InputError, "landing-date", name):
        landed_dates(tmp_path, SOURCE)


def test_other_folders_hidden_ones_and_files_are_no_dates(tmp_path: Path) -> None:
    for name in ("region=eu/x.csv", "_date=2013-01-05/x.csv", ".date=2013-01-06/x.csv", "other/x.csv"):
        drop(tmp_path, name)
    assert landed_dates(tmp_path, SOURCE) == []
    assert landed_files(tmp_path, SOURCE, DAY) == []


def test_what_is_no_data_is_refused_by_its_folder(tmp_path: Path) -> None:
    drop(tmp_path, "date=2013-01-05/x.csv")
    drop(tmp_path, "date=2013-01-05/x.parquet")
    with raises_code(InputError, "landing-file", "date=2013-01-05/x.parquet"):
        landed_files(tmp_path, SOURCE, DAY)


def test_a_name_that_comes_later_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(date_folders, "settled_at", lambda _: True)
    drop(tmp_path, "2013-01-05/x.csv")
    assert landed_files(tmp_path, SOURCE, NEXT) == []
    drop(tmp_path, "date=2013-01-06/x.csv")
    assert len(landed_files(tmp_path, SOURCE, NEXT)) == 1


def test_an_upload_goes_where_the_source_has_its_dates(tmp_path: Path) -> None:
    new = tmp_path / "new.csv"
    new.write_text("a\n9\n")
    (uploaded,) = upload_file(tmp_path, SOURCE, DAY, [new])
    assert uploaded.place == tmp_path / SOURCE / "2013-01-05" / "new.csv"
    drop(tmp_path, "date=2013-01-06/x.csv")
    (beside,) = upload_file(tmp_path, SOURCE, NEXT, [new])
    assert beside.place == tmp_path / SOURCE / "date=2013-01-06" / "new.csv"
    (after,) = upload_file(tmp_path, SOURCE, LAST, [new])
    assert after.place == tmp_path / SOURCE / "date=2013-01-07" / "new.csv"
    (again,) = upload_file(tmp_path, SOURCE, DAY, [new])
    assert again.known
