"""The findings that most types share: on counted rows, and on a number, date or instant within a range."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from assay.core.check import Check, Finding, Status
from assay.core.expectations.definition.wording import bounds, check_finding, number, pass_or_fail, percent
from assay.core.profiles.table_profile import Counter, TableProfile

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SINGULAR = {"are": "is", "do": "does", "match": "matches", "have": "has", "occur": "occurs"}


def judge_counter(
    check: Check, counter: Counter | None, broken: str, noun: str, profile: TableProfile, place: str
) -> Finding:
    """Return the finding on the rows that a check counted; `counter` is None where they were not counted.

    The text `broken` describes the rows that fail, as in "are null". The word for the rows is `noun`.

    A check passes if `(evaluated - failed) / evaluated >= mostly`, with the same floating-point steps as in Great
    Expectations. Without a row to look at (all null, or none fits the row condition) it passes there. Here it is a
    warning.
    """
    mostly = float(check.params.get("mostly", 1.0))
    expected = f"at least {percent(mostly)} hold" if mostly < 1 else "all hold"
    if counter is None:
        sentence = f"{place}: {check.type} was not measured; validate --rescan does it"
        return check_finding(check, Status.FAIL, sentence, expected=expected)
    numbers = {"evaluated": counter.evaluated, "failed": counter.failed, "rows": profile.rows}
    if counter.evaluated == 0:
        without = "the one row has no" if profile.rows == 1 else f"none of the {profile.rows} rows has a"
        sentence = f"{place}: {without} value to look at"
        return check_finding(check, Status.WARN, sentence, expected=expected, details=numbers)
    passed = (counter.evaluated - counter.failed) / counter.evaluated >= mostly
    status, share = Status.PASS if passed else Status.FAIL, counter.failed / counter.evaluated
    sentence = f"{place}: {_sentence(counter, broken, noun, mostly)}"
    return check_finding(check, status, sentence, observed=share, expected=expected, details=numbers)


def _sentence(counter: Counter, broken: str, noun: str, mostly: float) -> str:
    verb, rest = broken.split(" ", 1)
    may = "may be" if verb == "are" else "may"
    allowed = f"at most {percent(1 - mostly)} {may}" if mostly < 1 else f"none {may}"
    if counter.failed == 1:
        verb = _SINGULAR[verb]
    if counter.failed == 0:
        return f"none of {counter.evaluated} {noun} {_SINGULAR[verb]} {rest}"
    share = percent(counter.failed / counter.evaluated)
    return f"{counter.failed} of {counter.evaluated} {noun} ({share}) {verb} {rest}; {allowed}"


def judge_range(check: Check, observed: float | None, place: str, name: str, kind: str = "number") -> Finding:
    """Return the finding on the number `name` with the value `observed`; a date or timestamp is in seconds since 1970.

    An undefined number (None without values, or NaN) fails: no range holds it.
    """
    expected = bounds(check.params)
    if observed is None or math.isnan(observed):
        why = "there is no value to take it of" if observed is None else "the column holds NaN"
        return check_finding(check, Status.FAIL, f"{place}: {name} is undefined, for {why}", expected=expected)
    good = within(observed, {**check.params, **_limits(check.params, kind)})
    shown = _shown(observed, kind)
    shown_text = shown if isinstance(shown, str) else number(shown)
    sentence = f"{place}: {name} is {shown_text}, {'' if good else 'not '}{expected}"
    return pass_or_fail(check, good, sentence, observed=shown, expected=expected)


def within(observed: float, params: Mapping[str, Any]) -> bool:
    """Return whether `observed` keeps to min_value and max_value, strictly with `strict_min` or `strict_max`.

    Raises:
        ValueError: There is neither limit.
    """
    low, high = params.get("min_value"), params.get("max_value")
    if low is None and high is None:
        raise ValueError("it has neither min_value nor max_value")
    above = low is None or (observed > low if params.get("strict_min") else observed >= low)
    below = high is None or (observed < high if params.get("strict_max") else observed <= high)
    return bool(above and below)


def seconds(text: str, kind: str) -> float:
    """Return an ISO date, or an instant (in UTC where it names no zone), as seconds since 1970.

    >>> seconds("1970-01-02", "date"), seconds("1970-01-01T01:00:00+01:00", "timestamp")
    (86400.0, 0.0)
    """
    if kind == "date":
        return (date.fromisoformat(text) - _EPOCH.date()).days * 86_400.0
    instant = datetime.fromisoformat(text)
    instant = instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant
    # The same division as in the measurement, microseconds by a million, so that equal instants are equal numbers.
    return (instant - _EPOCH) // timedelta(microseconds=1) / 1e6


def _limits(params: Mapping[str, Any], kind: str) -> dict[str, float]:
    if kind == "number":
        return {}
    limits = {name: params[name] for name in ("min_value", "max_value") if params.get(name) is not None}
    return {name: seconds(value, kind) for name, value in limits.items()}


def _shown(observed: float, kind: str) -> float | str:
    if kind == "number":
        return observed if math.isfinite(observed) else str(observed)
    instant = _EPOCH + timedelta(seconds=observed)
    return instant.date().isoformat() if kind == "date" else instant.replace(tzinfo=None).isoformat()
