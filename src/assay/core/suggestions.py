"""What somebody probably meant, from the names that there are."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

MAX_NAMES_SHOWN = 8
"""How many names a hint lists before it says how many more there are."""


def closest(word: str, names: Iterable[str]) -> str | None:
    """The name most like `word`, whatever its case; None where nothing is near.

    >>> closest("airtime", ["air_time", "distance"])
    'air_time'
    """
    by_folded = {name.casefold(): name for name in names}
    matches = difflib.get_close_matches(word.casefold(), by_folded, n=1, cutoff=0.6)
    return by_folded[matches[0]] if matches else None


def did_you_mean(word: str, names: Iterable[str], what: str = "there is") -> str:
    """A hint for a name that does not exist: the closest one, or else a list of those that do.

    >>> did_you_mean("airtime", ["air_time", "distance"])
    "did you mean 'air_time'?"
    >>> did_you_mean("x", ["air_time", "distance"])
    "there is 'air_time', 'distance'"
    """
    known = list(names)
    near = closest(word, known)
    if near is not None:
        return f"did you mean '{near}'?"
    if not known:
        return ""
    more = f" and {len(known) - MAX_NAMES_SHOWN} more" if len(known) > MAX_NAMES_SHOWN else ""
    return f"{what} " + ", ".join(f"'{name}'" for name in known[:MAX_NAMES_SHOWN]) + more
