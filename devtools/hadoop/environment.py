"""The Python of the containers, packed once for a lock and kept beneath .tools: for tests and benches."""

from __future__ import annotations

import os
from pathlib import Path

from assay.submission.python_environment import lock_digest, pack_environment

ROOT = Path(__file__).parents[2]


def packed_environment() -> Path:
    """The .tar.gz of this repository's lock. Raises InfrastructureError where a package cannot be had."""
    archive = ROOT / ".tools" / f"environment-{lock_digest(ROOT)}.tar.gz"
    if not archive.exists():
        partial = archive.with_suffix(f".{os.getpid()}")
        pack_environment(ROOT, partial)
        partial.rename(archive)
    return archive
