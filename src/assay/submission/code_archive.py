"""The code of a submission in one zip: Assay, the packages that the pipeline names, and the project's conf."""

from __future__ import annotations

import hashlib
import io
import zipfile

from assay.spec.project import Pipeline, packages_of
from assay.spec.user_code.package import package_files

_FIRST_DAY = (1980, 1, 1, 0, 0, 0)


def archive_code(pipeline: Pipeline) -> bytes:
    """Return a zip of the packages as folders, with conf/ and uv.lock of the project; equal contents give equal bytes.

    The packages are those that would be imported here and now, edited or installed: what is judged is what runs.
    """
    files: dict[str, bytes] = {}
    for package in ("assay", *packages_of(pipeline)):
        files |= package_files(package)
    root = pipeline.project.root
    for path in (*(root / "conf").rglob("*"), root / "uv.lock"):
        if path.is_file():
            files[path.relative_to(root).as_posix()] = path.read_bytes()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in sorted(files.items()):
            entry = zipfile.ZipInfo(name, _FIRST_DAY)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o100644 << 16
            archive.writestr(entry, data)
    return buffer.getvalue()


def digest_of(data: bytes) -> str:
    """Return a short name for the bytes."""
    return hashlib.sha256(data).hexdigest()[:16]
