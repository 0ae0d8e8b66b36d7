"""The code of a submission in one zip: Assay, the packages that the pipeline names, and the project's conf."""

from __future__ import annotations

import hashlib
import zipfile

from assay.spec.project import Pipeline, packages_of
from assay.spec.user_code.package import package_files, zip_of_files


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
    return zip_of_files(files, zipfile.ZIP_DEFLATED)


def digest_of(data: bytes) -> str:
    """Return a short name for the bytes."""
    return hashlib.sha256(data).hexdigest()[:16]
