"""The files of a user's package and of a zip of them, and their digest; nothing of the package is imported."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import io
import pkgutil
import zipfile
from collections.abc import Mapping
from pathlib import Path

from assay.core.suggestions import did_you_mean
from assay.errors import InputError

MAX_PACKAGE_BYTES = 50_000_000
"""The most bytes that a package may have: code and small tables, not data."""

_IGNORED = frozenset({".pyc", ".pyo"})


def package_digest(module: str) -> str:
    """Return the SHA-256 of the whole top-level package that holds `module`: names and bytes of all its files, sorted.

    Compiled and hidden files do not count. The module is looked up, never imported.

    Raises:
        InputError: There is no such package.
    """
    return digest_of_files(package_files(module))


def zip_of_files(files: Mapping[str, bytes], compression: int = zipfile.ZIP_STORED) -> bytes:
    """Return a zip of the files that Python can import from; the same files give the same bytes.

    Times and rights are fixed, so that no clock changes a byte. Without compression no version of zlib does either.
    """
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for name, data in sorted(files.items()):
            entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            entry.create_system, entry.compress_type = 3, compression
            entry.external_attr = 0o100644 << 16
            archive.writestr(entry, data)
    return target.getvalue()


def files_of_zip(data: bytes) -> dict[str, bytes]:
    """Return the files of a zip by name, after reading each whole.

    Raises:
        InputError: The bytes are no zip, or one of its files is damaged.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return {entry.filename: archive.read(entry) for entry in archive.infolist()}
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        raise InputError(
            f"the zipped code is damaged: {error}", code="bad-bundle", hint="restore it from a backup, or train again"
        ) from None


def digest_of_zip(data: bytes) -> str:
    """Return the digest of the files in a zip of `zip_of_files`, without importing or unpacking them.

    Raises:
        InputError: As `files_of_zip`.
    """
    return digest_of_files(files_of_zip(data))


def digest_of_files(files: Mapping[str, bytes]) -> str:
    """Return the SHA-256 of the names and bytes of the files, sorted by name."""
    digest = hashlib.sha256()
    for name, data in sorted(files.items()):
        digest.update(f"{len(name.encode())} {len(data)} {name}".encode())
        digest.update(data)
    return digest.hexdigest()


def package_files(module: str) -> dict[str, bytes]:
    """Return the bytes of each file of the whole top-level package of `module`, by its path from beside the package.

    Raises:
        InputError: There is no such package, or it is too large.
    """
    top = module.partition(":")[0].partition(".")[0]
    folders, single = places_of(top)
    if single is not None:
        return {single.name: single.read_bytes()}
    files: dict[str, bytes] = {}
    size = 0
    for folder in folders:
        for path in sorted(p for p in folder.rglob("*") if p.is_file()):
            inner = path.relative_to(folder)
            if path.suffix in _IGNORED or any(part.startswith(".") or part == "__pycache__" for part in inner.parts):
                continue
            size += path.stat().st_size
            if size > MAX_PACKAGE_BYTES:
                message = f"the package '{top}' has more than {MAX_PACKAGE_BYTES:,} bytes"
                raise InputError(message, code="large-package", hint=f"keep data out of {folder}")
            files.setdefault(f"{top}/{inner.as_posix()}", path.read_bytes())
    return dict(sorted(files.items()))


def places_of(top: str) -> tuple[list[Path], Path | None]:
    """Return the folders of the top-level package `top`, or the file of a top-level module.

    Raises:
        InputError: There is neither.
    """
    importlib.invalidate_caches()
    try:
        # `__main__` is the script that Python was started with: no package that another process could find again.
        spec = None if top == "__main__" else importlib.util.find_spec(top)
    except (ImportError, ValueError):
        spec = None
    if spec is not None and spec.submodule_search_locations:
        return [Path(place) for place in spec.submodule_search_locations], None
    if spec is not None and spec.has_location and spec.origin is not None and spec.origin.endswith(".py"):
        return [], Path(spec.origin)
    hint = did_you_mean(top, [module.name for module in pkgutil.iter_modules()], "")
    hint = hint if hint.startswith("did") else "install the package that holds it"
    raise InputError(f"there is no package '{top}' with Python files", code="unknown-module", hint=hint)
