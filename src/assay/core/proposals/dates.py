"""The form in which a source writes its dates, and the column that divides its rows by date."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from enum import StrEnum


class DateForm(StrEnum):
    """The form of a date in a source, as `strptime` names it; ISO dates and timestamps have no directive."""

    ISO = "iso"
    SLASHED = "%Y/%m/%d"
    COMPACT = "%Y%m%d"
    AMERICAN = "%m/%d/%Y"
    GERMAN = "%d.%m.%Y"
    BRITISH = "%d/%m/%Y"
    NAMED = "%b %d %Y"
    DAY_FIRST = "%d-%b-%Y"


MIN_DAYS = 2
"""The fewest different dates of a column that divides rows by date."""


def parse_date(text: str, form: DateForm) -> date:
    """Return the date of a text; of a timestamp its date as it is written.

    Raises:
        ValueError: The text has another form.

    >>> parse_date("2013-01-05T10:00", DateForm.ISO), parse_date("Jan 5 2013", DateForm.NAMED)
    (datetime.date(2013, 1, 5), datetime.date(2013, 1, 5))
    """
    if form is DateForm.ISO:
        if len(text) > 10 and text[10] not in "T ":
            raise ValueError(text)
        if len(text) < 10 or text[4] != "-":
            raise ValueError(text)
        return date.fromisoformat(text[:10])
    if form is DateForm.COMPACT and len(text) != 8:
        raise ValueError(text)
    return datetime.strptime(text, form.value).date()  # noqa: DTZ007 - a date alone has no zone


def date_form(texts: Iterable[str]) -> DateForm | None:
    """Return the first form that all texts have, None where there is no such form or no text.

    >>> date_form(["01/13/2020", "02/01/2020"]), date_form(["7"])
    (<DateForm.AMERICAN: '%m/%d/%Y'>, None)
    """
    known = list(texts)
    return next((form for form in DateForm if known and all(_fits(text, form) for text in known)), None)


def date_columns(columns: Mapping[str, Collection[str]]) -> dict[str, DateForm]:
    """Return the columns whose texts are all dates, and their forms; a column with few dates comes last.

    The column with the most dates is the first, and of equal ones the first of the source.
    """
    usable: dict[str, tuple[int, DateForm]] = {}
    for name, texts in columns.items():
        distinct = set(texts)
        form = date_form(distinct) if distinct else None
        if form is not None:
            days = {parse_date(text, form) for text in distinct}
            plausible = all(1900 <= day.year <= 2100 for day in days)
            if plausible and len(days) >= MIN_DAYS:
                usable[name] = (len(days), form)
    ranked = sorted(usable, key=lambda name: -usable[name][0])
    return {name: usable[name][1] for name in ranked}


def _fits(text: str, form: DateForm) -> bool:
    try:
        parse_date(text, form)
    except ValueError:
        return False
    return True
