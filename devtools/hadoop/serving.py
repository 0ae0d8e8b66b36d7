"""A server beside a cluster, for as long as a block runs."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from devtools.hadoop.waiting import wait_until

_SECONDS = 120.0


@contextmanager
def serving(command: Sequence[str], folder: Path, name: str, answers: Callable[[], bool]) -> Iterator[None]:
    """Run `command` in `folder`, which holds its log, as long as the block runs; the block begins when it answers.

    Raises:
        InfrastructureError: It does not answer in time.
    """
    log = folder / f"{name}.log"
    with (
        log.open("wb") as output,
        subprocess.Popen(command, cwd=folder, stdout=output, stderr=output, start_new_session=True) as server,
    ):
        try:
            wait_until(answers, f"the server {name} ({log})", _SECONDS)
            yield
        finally:
            os.killpg(server.pid, signal.SIGTERM)
