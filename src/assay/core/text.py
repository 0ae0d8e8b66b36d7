"""Numbers in sentences that people read."""

from __future__ import annotations

import re


def first_sentence(text: str) -> str:
    """Return the first of some sentences: it ends where a full stop is followed by a capital letter.

    >>> first_sentence("The loss is 0.5. It was 0.4.")
    'The loss is 0.5.'
    """
    return re.split(r"(?<=\.)\s+(?=[A-Z])", text, maxsplit=1)[0]


def quantity(number: int, noun: str, plural: str = "") -> str:
    """Return a count with its noun in the right number; `plural` is the noun and an s unless it is given.

    >>> quantity(1, "day"), quantity(0, "day"), quantity(28_000, "row"), quantity(2, "query", "queries")
    ('1 day', '0 days', '28,000 rows', '2 queries')
    """
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"
