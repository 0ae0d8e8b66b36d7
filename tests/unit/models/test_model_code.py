"""The code of a bundle is unpacked whole, once, and a changed file of it is never imported."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from pathlib import Path

import pytest

from assay.errors import InputError
from assay.models.bundle.model_code import unpack_code
from assay.spec.user_code.package import digest_of_zip

from ...expect_errors import raises_code

FILES = {"parcels/__init__.py": b"", "parcels/features.py": b"SPEED = 1\n", "parcels/tables/depots.csv": b"HAM,1\n"}


def zipped(files: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return target.getvalue()


def bundle_of(folder: Path, files: dict[str, bytes]) -> str:
    """A bundle with these files and its digest: as much of one as is read before a model is."""
    folder.mkdir()
    for name, data in files.items():
        (folder / name).write_bytes(data)
    digests = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    manifest = json.dumps({"format": 1, "features": [], "files": digests}).encode()
    (folder / "bundle.json").write_bytes(manifest)
    return hashlib.sha256(manifest).hexdigest()


@pytest.fixture
def unpacked(tmp_path: Path) -> Path:
    return unpack(tmp_path)


def unpack(tmp_path: Path, files: dict[str, bytes] = FILES, *, code: str = "") -> Path:
    data = zipped(files)
    place = tmp_path / "bundle"
    if not place.exists():
        bundle_of(place, {"encoder.json": b"{}", "code.zip": data})
    digest = hashlib.sha256((place / "bundle.json").read_bytes()).hexdigest()
    return unpack_code(place, digest, code or digest_of_zip(data), tmp_path / "cache")


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_code_stands_in_a_folder_named_by_its_digest_and_nothing_beside_it(unpacked: Path, tmp_path: Path) -> None:
    assert unpacked == tmp_path / "cache" / digest_of_zip(zipped(FILES))
    assert contents(unpacked) == FILES
    assert list(unpacked.parent.iterdir()) == [unpacked], "what it was built under is gone"


def test_code_that_is_unpacked_already_is_left_as_it_stands(unpacked: Path, tmp_path: Path) -> None:
    before = unpacked.stat().st_ino
    assert unpack(tmp_path) == unpacked
    assert unpacked.stat().st_ino == before


@pytest.mark.parametrize(
    "name",
    ["parcels/features.py", "parcels/added.py", "parcels/__pycache__/features.cpython-311.pyc", "sitecustomize.py"],
)
def test_a_file_that_was_changed_or_added_is_gone_before_anything_is_imported(
    name: str, unpacked: Path, tmp_path: Path
) -> None:
    (unpacked / name).parent.mkdir(exist_ok=True)
    (unpacked / name).write_bytes(b"SPEED = 2\n")
    assert contents(unpack(tmp_path)) == FILES


def test_a_file_that_is_missing_comes_back(unpacked: Path, tmp_path: Path) -> None:
    (unpacked / "parcels/tables/depots.csv").unlink()
    assert contents(unpack(tmp_path)) == FILES


def test_a_link_in_place_of_a_file_or_of_the_folder_is_replaced(unpacked: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere.py"
    (unpacked / "parcels/features.py").rename(elsewhere)
    (unpacked / "parcels/features.py").symlink_to(elsewhere)
    assert not (unpack(tmp_path) / "parcels/features.py").is_symlink()
    unpacked.rename(tmp_path / "moved")
    unpacked.symlink_to(tmp_path / "moved")
    assert not unpack(tmp_path).is_symlink()
    assert contents(unpacked) == FILES


def test_a_bundle_that_was_changed_is_refused(unpacked: Path, tmp_path: Path) -> None:
    (tmp_path / "bundle" / "code.zip").write_bytes(zipped({"parcels/__init__.py": b"evil = True\n"}))
    with raises_code(InputError, "bundle-refused", "code.zip"):
        unpack(tmp_path)
    assert contents(unpacked) == FILES


def test_code_of_another_digest_than_the_ledgers_is_refused(tmp_path: Path) -> None:
    with raises_code(InputError, "bundle-refused", "0" * 12):
        unpack(tmp_path, code="0" * 64)
    assert not (tmp_path / "cache").exists()


def test_code_that_leads_out_of_its_folder_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    with raises_code(InputError, "bundle-refused", "code.zip", "../evil.py"):
        unpack(tmp_path, {"../evil.py": b"evil = True\n"})
    assert not (tmp_path / "evil.py").exists()


def test_a_bundle_without_code_is_refused(tmp_path: Path) -> None:
    digest = bundle_of(tmp_path / "bundle", {"encoder.json": b"{}"})
    with raises_code(InputError, "bundle-refused", "code.zip"):
        unpack_code(tmp_path / "bundle", digest, "0" * 64, tmp_path / "cache")
