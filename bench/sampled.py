"""`python -m bench.sampled FILE run bench ...`: the command line of Assay, with a record of the work of its threads.

Every few milliseconds each thread that runs a stage, or the chain of stages, is sampled and counted as one of three:

- `work` is the stage itself.
- `books` is what the framework adds to it.
- `outside` is between the stages.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

import assay

EVERY = 0.005
"""Seconds between two samples."""

_HOME = str(Path(assay.__file__).parent)
_CHAIN = ("stages/operations/run.py", {"run", "work"})
_STAGE = ("stages/operations/run.py", {"_execute"})
_START = ("spark/session/session.py", {"open_session"})
_BOOKS = (
    "store/",
    "stages/planning/tasks.py",
    "stages/tables/recover.py",
    "stages/planning/schedule.py",
    "stages/monitoring/report.py",
)
_LANDED = {"store/landing/manifest.py", "store/landing/landed_file.py"}
_LANDS = ("stages/ingest/land.py", "land")
_WAITING = {"result", "wait", "__exit__", "shutdown", "join"}

Frame = tuple[str, str]


def kind_of(frames: Sequence[Frame]) -> str | None:
    """Return the kind of work of a thread with these frames, None where it is not ours.

    The frames are (file below assay/, function), outermost first. Landing reads the files and writes their manifest:
    that is its work. When clean does it again, it is book-keeping.
    """
    names = set(frames)
    if not any(file == _CHAIN[0] and name in _CHAIN[1] for file, name in names):
        return None
    if any(file == _START[0] and name in _START[1] for file, name in names):
        return None
    if not any(file == _STAGE[0] and name in _STAGE[1] for file, name in names):
        return "outside"
    if any(file in _LANDED or name == "take_manifests" for file, name in names):
        return "work" if _LANDS in names else "books"
    return "books" if any(file.startswith(_BOOKS) for file, _ in names) else "work"


def _frames(frame: FrameType | None) -> list[Frame]:
    frames: list[Frame] = []
    while frame is not None:
        code = frame.f_code
        if code.co_filename.startswith(_HOME):
            frames.append((code.co_filename[len(_HOME) + 1 :], code.co_name))
        frame = frame.f_back
    return frames[::-1]


def _waits(frame: FrameType) -> bool:
    """Return whether it waits for the threads of the tables, which are sampled themselves."""
    file = frame.f_code.co_filename
    return file.endswith("threading.py") and frame.f_code.co_name in _WAITING


class Sampler:
    """Samples the other threads until the block ends; `seconds` of each kind, threads beside each other added up."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, name="bench-sampler", daemon=True)

    def __enter__(self) -> Sampler:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        last = time.perf_counter()
        while not self._over.wait(EVERY):
            now = time.perf_counter()
            for name, frame in sys._current_frames().items():  # noqa: SLF001 - Python documents it
                kind = None if name == threading.get_ident() else kind_of(_frames(frame))
                if kind is not None and not (kind == "outside" and _waits(frame)):
                    self.seconds[kind] += now - last
            last = now


def main(argv: Sequence[str]) -> int:
    """Run the command and return its exit code; the seconds go to the file as JSON."""
    from assay.cli.main import invoke

    with Sampler() as sampler:
        code = invoke(argv[1:])
    Path(argv[0]).write_text(json.dumps(dict(sampler.seconds)))
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
