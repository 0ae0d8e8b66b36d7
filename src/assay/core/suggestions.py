"""Suggestions for a misspelt name, from the names that exist."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

MAX_NAMES_SHOWN = 8
"""The number of names that a hint lists; it counts the rest."""


def closest(word: str, names: Iterable[str]) -> str | None:
    """Return the name that is most similar to `word` in any case; None where none is similar.

    >>> closest("airtime", ["air_time", "distance"])
    'air_time'
    """
    by_folded = {name.casefold(): name for name in names}
    matches = difflib.get_close_matches(word.casefold(), by_folded, n=1, cutoff=0.6)
    return by_folded[matches[0]] if matches else None


def did_you_mean(word: str, names: Iterable[str], what: str = "there is") -> str:
    """Return a hint for a name that does not exist: the most similar name, or else a list of the names that exist.

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
