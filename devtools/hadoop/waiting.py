"""Wait for a condition, with a deadline and a clear error."""

from __future__ import annotations

import time
from collections.abc import Callable

from assay.errors import InfrastructureError

_PAUSE = 0.1


def wait_until(
    condition: Callable[[], bool],
    what: str,
    seconds: float = 30,
    *,
    details: Callable[[], str] = lambda: "",
    pause: float = _PAUSE,
) -> None:
    """Return as soon as `condition` holds; it is checked every `pause` seconds.

    `details` returns the text to add to the error when the condition never holds.

    Raises:
        InfrastructureError: `seconds` have passed (`waited-in-vain`).
    """
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            words = f"waited {seconds:g} s for {what}, in vain"
            raise InfrastructureError("\n".join(part for part in (words, details()) if part), code="waited-in-vain")
        time.sleep(pause)
