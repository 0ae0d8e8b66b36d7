"""Lakes that tests start from: built once for the code of today, kept in `.pytest_cache`, and copied for each test.

A copy of the small project's lake takes 0.2 s for some 370 files, so copies share nothing with what is kept: hard links
would save a tenth of a second, and let a test that damages a file damage every other test's.
"""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).parents[1]
KEPT = ROOT / ".pytest_cache" / "lakes"
SOURCES = ("src/assay", "tests/projects", "examples", "conf", "uv.lock", "tests/lakes.py", "tests/loop/conftest.py")


def kept_lake(name: str, build: Callable[[Path], object]) -> Path:
    """Return the folder that `build` filled, by this call or by an earlier one with the same code on the same day.

    Worker processes share it: the first one builds and the others wait. Its files must not be changed.
    """
    KEPT.mkdir(parents=True, exist_ok=True)
    with (KEPT / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        folder = KEPT / _digest()
        for other in KEPT.iterdir():
            if other.is_dir() and other != folder:
                shutil.rmtree(other)
        whole = folder / f"{name}.whole"
        if not whole.exists():
            shutil.rmtree(folder / name, ignore_errors=True)
            (folder / name).mkdir(parents=True)
            build(folder / name)
            whole.touch()
        return folder / name


def _digest() -> str:
    """The day and all the files that a lake's content may depend on: retention counts from the day of writing."""
    digest = hashlib.sha256(f"{datetime.now(UTC).date()} {sys.version}".encode())
    for path in _files():
        digest.update(f"{path.relative_to(ROOT)}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _files() -> Iterator[Path]:
    for source in SOURCES:
        place = ROOT / source
        for path in [place] if place.is_file() else sorted(place.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                yield path
