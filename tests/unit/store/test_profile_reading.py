"""Reading Profiles: of many runs with one look into each pack, and the collection of cycles is left as it was."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from assay.core.profiles.table_profile import TableProfile
from assay.errors import InfrastructureError
from assay.store.profiles.archives import read_archived
from assay.store.profiles.profile_codec import _collection_paused, decode, encode
from assay.store.profiles.profile_store import ProfileStore, _file_bytes

from ...expect_errors import raises_code


@pytest.fixture(autouse=True)
def collected() -> Iterator[None]:
    yield
    gc.enable()


@pytest.mark.parametrize("on", [True, False])
@pytest.mark.parametrize("data", [encode(TableProfile(1, {})), b"no profile"])
def test_the_collection_of_cycles_is_as_before(on: bool, data: bytes) -> None:
    (gc.enable if on else gc.disable)()
    if data == b"no profile":
        with pytest.raises(ValueError, match="no profile"):
            decode(data)
    else:
        assert decode(data) == TableProfile(1, {})
    assert gc.isenabled() is on


def test_the_days_of_many_runs_take_one_look_into_each_pack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store, first = ProfileStore(tmp_path, "flight_delays"), date(2013, 1, 30)
    days = {first + timedelta(days=n): TableProfile(n, {}) for n in range(5)}
    store.write("table", "outcomes", "run-1", days)
    store.write("table", "outcomes", "run-2", {first: TableProfile(99, {})})
    list(store.archive(date(2013, 3, 1)))
    packs_read: list[str] = []

    def counted(archive: Path, names: list[str]) -> dict[str, bytes]:
        packs_read.append(archive.name)
        return read_archived(archive, names)

    monkeypatch.setattr("assay.store.profiles.profile_store.read_archived", counted)
    kept_by = dict.fromkeys(days, "run-1") | {first: "run-2"}
    assert store.read_days("table", "outcomes", kept_by) == {**days, first: TableProfile(99, {})}
    assert packs_read == ["2013-01.zip", "2013-02.zip"]
    with raises_code(InfrastructureError, "missing-profile", "2013-01-31/run-2.json.gz"):
        store.read_days("table", "outcomes", {date(2013, 1, 31): "run-2"})


def test_a_profile_that_is_packed_while_it_is_read_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store, first = ProfileStore(tmp_path, "flight_delays"), date(2013, 1, 30)
    days = {first + timedelta(days=n): TableProfile(n, {}) for n in range(2)}
    store.write("table", "outcomes", "run-1", days)

    def packed_first(path: Path) -> bytes | None:
        list(store.archive(date(2013, 3, 1)))
        return _file_bytes(path)

    monkeypatch.setattr("assay.store.profiles.profile_store._file_bytes", packed_first)
    assert store.read("table", "outcomes", "run-1", days) == days


def test_a_pause_within_a_pause_of_another_thread_does_not_outlive_both() -> None:
    first, second = _collection_paused(), _collection_paused()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    second.__exit__(None, None, None)
    assert gc.isenabled()
