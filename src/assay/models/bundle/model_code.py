"""The user's code in a bundle: checked before it is unpacked, and again each time it is used."""

from __future__ import annotations

import io
import os
import shutil
import tempfile
import zipfile
from pathlib import Path, PurePosixPath, PureWindowsPath

from assay.errors import InfrastructureError
from assay.models.bundle.predictor import open_bundle, refused
from assay.spec.user_code.package import digest_of_zip, files_of_zip

ZIP = "code.zip"


def check_code(target: Path, code_zip: bytes) -> None:
    """Check that `code_zip` is a sound zip, and that none of its entries leads out of its folder.

    Raises:
        InputError: It is not; the error names the bundle `target` and the entry.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(code_zip)) as archive:
            entries = archive.infolist()
            broken = archive.testzip()
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise refused(target, f"code.zip is not a zip: {error}") from error
    if broken:
        raise refused(target, f"'{broken}' in code.zip is damaged")
    for entry in entries:
        link = (entry.external_attr >> 16) & 0o170000 == 0o120000
        if link or not _stays_inside(entry.filename):
            raise refused(target, f"code.zip holds '{entry.filename}', which leads out of it")


def _stays_inside(name: str) -> bool:
    posix, windows = PurePosixPath(name), PureWindowsPath(name)
    climbs = ".." in posix.parts or ".." in windows.parts
    return not (climbs or posix.is_absolute() or windows.drive or windows.root or "\\" in name)


def unpack_code(bundle_dir: str | Path, bundle_digest: str, code_digest: str, cache: Path) -> Path:
    """Return the folder `cache/<code_digest>` that holds the code of a bundle, to be imported from, and nothing else.

    The folder is built under another name and renamed, so that it is there whole or not at all. A folder that is there
    already is compared byte by byte with the bundle, whose own digest is in the ledger. If anything differs, it is
    built anew: a compiled file that was added counts as much as a changed line.

    Raises:
        InputError: The bundle was changed, carries no code, or other code than `code_digest`.
        InfrastructureError: The code cannot be written.
    """
    bundle = open_bundle(bundle_dir, bundle_digest)
    if ZIP not in bundle.files:
        raise refused(bundle.path, f"{ZIP} is missing")
    check_code(bundle.path, bundle.files[ZIP])
    zip_digest = digest_of_zip(bundle.files[ZIP])
    if zip_digest != code_digest:
        raise refused(
            bundle.path, f"the digest of its code is {zip_digest[:12]}, and the ledger has {code_digest[:12]}"
        )
    return unpack_files(files_of_zip(bundle.files[ZIP]), cache / code_digest)


def unpack_files(files: dict[str, bytes], target: Path) -> Path:
    """Return the folder `target` with these files and nothing else; it is built where it is not there so already.

    Raises:
        InfrastructureError: The files cannot be written.
    """
    try:
        if not _holds(target, files):
            _build(target, files)
    except OSError as error:
        raise InfrastructureError(f"cannot unpack code to {target}: {error}", code="cannot-write") from error
    return target


def _holds(target: Path, files: dict[str, bytes]) -> bool:
    if target.is_symlink() or not target.is_dir():
        return False
    entries = [path for path in target.rglob("*") if path.is_symlink() or not path.is_dir()]
    if any(path.is_symlink() or not path.is_file() for path in entries):
        return False
    names = {path.relative_to(target).as_posix() for path in entries}
    return names == set(files) and all((target / name).read_bytes() == data for name, data in files.items())


def _build(target: Path, files: dict[str, bytes]) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    building = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    try:
        for name, data in files.items():
            path = building / "new" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        if os.path.lexists(target):
            target.rename(building / "old")
        try:
            (building / "new").rename(target)
        except OSError:  # another process that needs the same code was faster
            if not _holds(target, files):
                raise
    finally:
        shutil.rmtree(building, ignore_errors=True)
