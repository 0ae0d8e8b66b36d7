"""Documents appear whole or not at all, and paths stay inside their folder."""

from __future__ import annotations

import errno
import os
import time
from pathlib import Path

import pytest

from assay.errors import InfrastructureError, InputError
from assay.store.filesystem.atomic import (
    create_exclusively,
    inside,
    read_json,
    sweep_temporaries,
    to_json,
    write_atomically,
)

from ...expect_errors import raises_code


def test_the_second_creator_is_told_and_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "document"
    assert create_exclusively(path, b"one")
    assert not create_exclusively(path, b"two")
    assert path.read_bytes() == b"one"
    assert [entry.name for entry in path.parent.iterdir()] == ["document"]


def test_writing_atomically_replaces_and_leaves_no_temporary(tmp_path: Path) -> None:
    write_atomically(tmp_path / "document", b"one")
    write_atomically(tmp_path / "document", b"two")
    assert [(entry.name, entry.read_bytes()) for entry in tmp_path.iterdir()] == [("document", b"two")]


def test_a_folder_that_is_a_file_is_an_infrastructure_error_naming_the_path(tmp_path: Path) -> None:
    (tmp_path / "lake").write_text("not a folder")
    with raises_code(InfrastructureError, "cannot-write", tmp_path / "lake" / "ledger"):
        create_exclusively(tmp_path / "lake" / "ledger", b"x")


def test_a_full_disk_is_an_infrastructure_error_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with raises_code(InfrastructureError, "cannot-write", tmp_path / "document", os.strerror(errno.ENOSPC)):
        write_atomically(tmp_path / "document", b"one")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("torn", [b"", b'{"number": 1', b"[1, 2]", b"\xff\xfe", b"null"])
def test_a_torn_document_is_an_infrastructure_error_naming_the_file(tmp_path: Path, torn: bytes) -> None:
    path = tmp_path / "0000000001.json"
    path.write_bytes(torn)
    with raises_code(InfrastructureError, "corrupt-file", path):
        read_json(path)


def test_numbers_that_json_does_not_have_are_never_written() -> None:
    with pytest.raises(ValueError):
        to_json({"auc": float("nan")})


@pytest.mark.parametrize("path", ["../secret", "a/../../secret", "/etc/passwd", "a\0b", ".."])
def test_a_path_that_climbs_out_is_refused(tmp_path: Path, path: str) -> None:
    with raises_code(InputError, "path-outside", f"'{path}'", tmp_path):
        inside(tmp_path, path)


def test_a_link_that_leads_out_is_refused_and_one_that_stays_inside_is_not(tmp_path: Path) -> None:
    root = tmp_path / "lake"
    (root / "real").mkdir(parents=True)
    (root / "out").symlink_to(tmp_path)
    (root / "in").symlink_to(root / "real")
    assert inside(root, "in/day") == root / "in" / "day"
    with raises_code(InputError, "path-outside", "out/day"):
        inside(root, "out/day")


def test_only_old_temporaries_are_swept(tmp_path: Path) -> None:
    old, young, other = (
        tmp_path / name for name in (".1.json.7-0123456789ab.tmp", ".2.json.7-0123456789ab.tmp", "x.tmp")
    )
    for path in (old, young, other):
        path.write_text("half a document")
    for path in (old, other):
        os.utime(path, (time.time() - 90_000, time.time() - 90_000))
    assert sweep_temporaries(tmp_path) == 1
    assert not old.exists()
    assert young.exists()
    assert other.exists()
