"""Work that may hang, such as a call of another system's client, with an end to the waiting for it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

from assay.errors import AssayError

Made = TypeVar("Made")
_THREAD = "assay-deadline"


def run_within(seconds: float, work: Callable[[], Made]) -> Made:
    """Return what `work` returns, or raise what it raises.

    Work that is not done in time goes on in a thread of its own, which ends with the process at the latest.

    Raises:
        TimeoutError: It is not done after `seconds`.
    """
    from concurrent.futures import Future  # here, since every command imports this module as it starts

    future: Future[Made] = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except BaseException as error:
            future.set_exception(error)

    threading.Thread(target=run, name=_THREAD, daemon=True).start()
    return future.result(seconds)


def line_within(seconds: float, work: Callable[[], str], waits: Callable[[str], str]) -> str:
    """Return the line that `work` returns at the end of a command; where it fails, the line that `waits` makes.

    `waits` gets the cause: the code of the error, or that there was no answer within `seconds`. Nothing is raised:
    such work fails no command.
    """
    try:
        return run_within(seconds, work)
    except TimeoutError:
        return waits(f"no answer within {seconds:g} seconds")
    except AssayError as error:
        return waits(error.code)
    except Exception as error:
        return waits(type(error).__name__)


def is_work_left() -> bool:
    """Return whether abandoned work goes on: Python cannot safely end a thread that is inside C++ code."""
    return any(thread.name == _THREAD for thread in threading.enumerate())
