"""The newest date that landed, as the judgement of missing files reads it after each command."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from assay.core.landing.file_format import FileFormat
from assay.errors import InputError
from assay.store.filesystem.storage_path import StoragePath
from assay.store.landing import manifest as manifest_module
from assay.store.landing.manifest import newest_landed_date

from ...expect_errors import raises_code

SOURCE = "landing/outcomes"


def drop(root: Path, name: str) -> None:
    """Write a file into the landing."""
    file = root / SOURCE / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("a\n1\n")


def test_the_newest_date_that_landed_takes_a_look_into_the_newest_folders_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for day in range(1, 7):
        drop(tmp_path, f"2013-01-0{day}/x.csv")
    drop(tmp_path, "2013-01-08.csv.gz")
    (tmp_path / SOURCE / "2013-01-07").mkdir()
    looked, look = [], manifest_module._look

    def noted(
        source: StoragePath, day: date, file_format: FileFormat
    ) -> tuple[list[tuple[StoragePath, int]], list[str]]:
        looked.append(day.day)
        return look(source, day, file_format)

    monkeypatch.setattr(manifest_module, "_look", noted)
    assert newest_landed_date(tmp_path, SOURCE, date(2013, 1, 9)) == date(2013, 1, 8)
    assert newest_landed_date(tmp_path, SOURCE, date(2013, 1, 7)) == date(2013, 1, 6)
    assert newest_landed_date(tmp_path, "landing/nothing", date(2013, 1, 9)) is None
    assert looked == [7, 6]


def test_an_entry_that_is_meant_as_a_date_and_is_none_is_refused(tmp_path: Path) -> None:
    drop(tmp_path, "2013-02-30/x.csv")
    with raises_code(InputError, "landing-date"):
        newest_landed_date(tmp_path, SOURCE, date(2013, 1, 5))
