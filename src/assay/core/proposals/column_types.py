"""The narrowest type of a column by its texts, and the texts that mean a missing value."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np

from assay.core.profiles.histogram import propose_bin_exponent

MAX_CATEGORIES = 30
"""A text column with at most so many values is taken for a set of categories."""

DEFAULT_NULLS = ("", "NA")
"""The texts that mean a missing value unless a schema names others."""

NUMBERS = frozenset({"int", "long", "double"})

_MAYBE_NULL = ("N/A", "n/a", "NaN", "nan", "NULL", "null", "None", "none", "-", "?", "\\N")
_INT, _LONG = 2**31, 2**63


@dataclass(frozen=True, slots=True)
class ProposedColumn:
    """A column as its texts show it; `values` are the categories of a text, `bin_exponent` the grid of a number."""

    name: str
    type: str
    nulls: int
    bin_exponent: int | None = None
    values: tuple[str, ...] = ()

    @property
    def is_number(self) -> bool:
        """Return whether the type is one of numbers."""
        return self.type in NUMBERS


def propose_column(
    name: str, texts: Sequence[str], missing: Collection[str] = DEFAULT_NULLS, kind: str | None = None
) -> ProposedColumn:
    """Return the column `name` with the narrowest type that all its texts have, apart from those that are `missing`.

    A source with types of its own gives the `kind`.
    """
    known = [text for text in texts if text not in missing]
    nulls = len(texts) - len(known)
    distinct = sorted(set(known))
    kind = kind or narrowest_type(distinct)
    if kind == "string":
        values = tuple(distinct) if 0 < len(distinct) <= MAX_CATEGORIES else ()
        return ProposedColumn(name, kind, nulls, values=values)
    exponent = _grid([float(text) for text in known]) if kind in NUMBERS else None
    if exponent is not None and kind != "double":
        exponent = max(0, exponent)  # whole numbers are no finer
    return ProposedColumn(name, kind, nulls, bin_exponent=exponent)


def narrowest_type(texts: Iterable[str]) -> str:
    """Return the narrowest type of a schema as which each text can be read; `string` where there is no text.

    >>> narrowest_type(["1", "2"]), narrowest_type(["1", "2.5"]), narrowest_type(["1", "x"]), narrowest_type([])
    ('int', 'double', 'string', 'string')
    """
    known = list(texts)
    return next(kind for kind, fits in _TYPES.items() if all(map(fits, known))) if known else "string"


def propose_nulls(columns: Iterable[Collection[str]], always: Sequence[str] = DEFAULT_NULLS) -> tuple[str, ...]:
    """Return the texts that mean a missing value: `always`, and those without which a column would be no text.

    >>> propose_nulls([{"1", "2", "?"}, {"a", "-"}])
    ('', 'NA', '?')
    """
    chosen = list(always)
    for texts in columns:
        others = [text for text in _MAYBE_NULL if text in texts and text not in chosen]
        known = set(texts) - set(chosen)
        if others and known - set(others) and narrowest_type(known - set(others)) != "string":
            chosen += others
    return tuple(chosen)


def numbers_of(texts: Iterable[str], missing: Collection[str]) -> list[float]:
    """Return the finite numbers among the texts; a boolean is 1 or 0."""
    truth = {"true": 1.0, "false": 0.0}
    numbers = (truth[text.lower()] if text.lower() in truth else _number(text) for text in texts if text not in missing)
    return [number for number in numbers if math.isfinite(number)]


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def _grid(numbers: list[float]) -> int:
    """The bin exponent with about 256 bins between two quantiles that no single extreme value moves."""
    usual = [number for number in numbers if math.isfinite(number)]
    if not usual:
        return 0
    low, high = np.quantile(usual, [0.005, 0.995])
    return propose_bin_exponent(float(low), float(high))


def _whole(limit: int) -> Callable[[str], bool]:
    return lambda text: bool(re.fullmatch(r"[+-]?\d{1,19}", text)) and -limit <= int(text) < limit


def _is(parse: Callable[[str], object], pattern: str) -> Callable[[str], bool]:
    def fits(text: str) -> bool:
        if not re.fullmatch(pattern, text, re.IGNORECASE):
            return False
        try:
            parse(text)
        except ValueError:
            return False
        return True

    return fits


def _double(text: str) -> None:
    """Raise ValueError for a number that no double is near."""
    value = float(text)
    if math.isinf(value) and "n" not in text.lower():
        raise ValueError(text)
    if value == 0 and re.search("[1-9]", re.split("[eE]", text)[0]):
        raise ValueError(text)


_TYPES: dict[str, Callable[[str], bool]] = {
    "boolean": lambda text: text.lower() in ("true", "false"),
    "int": _whole(_INT),
    "long": _whole(_LONG),
    "double": _is(_double, r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?|nan|[+-]?inf(inity)?"),
    "date": _is(date.fromisoformat, r"\d{4}-\d{2}-\d{2}"),
    "timestamp": _is(
        datetime.fromisoformat, r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6}0*)?)?(Z|[+-]\d{2}:?\d{2})?"
    ),
    "string": lambda _: True,
}
"""The types from the narrowest to the widest, each with a test whether the schema's parser reads a text as it."""
