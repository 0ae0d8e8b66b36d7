"""Checks of which values a column has: judged from the categories of its state."""

from __future__ import annotations

from typing import Any

from assay.core.check import Check, Finding, Status
from assay.core.expectations.wording import check_finding, listing
from assay.core.profiles.table_profile import ColumnState, category_name
from assay.core.text import quantity


def judge_set(check: Check, state: ColumnState, place: str) -> Finding:
    """Whether the column holds at least, or exactly, the values of a set; raises ValueError where the profile names
    too few of its values to tell."""
    wanted = _texts(check.params["value_set"])
    present = {name for name, count in state.categories.items() if count}
    whole = check.type == "expect_column_distinct_values_to_equal_set"
    expected = f"{'exactly' if whole else 'at least'} the values {listing(check.params['value_set'])}"
    strange = sorted(present - wanted) if whole else []
    if strange:
        sentence = f"{place}: it holds {listing(strange)}, which the set does not"
        return check_finding(check, Status.FAIL, sentence, observed=strange[:20], expected=expected)
    missing = sorted(wanted - present)
    if state.other and (missing or whole):
        raise ValueError(
            f"the profile names {quantity(len(present), 'value')} and counts {state.other} rows with others"
        )
    if missing:
        sentence = f"{place}: it lacks {listing(missing)}"
        return check_finding(check, Status.FAIL, sentence, observed=missing[:20], expected=expected)
    return check_finding(check, Status.PASS, f"{place}: it holds {expected}", observed=len(present), expected=expected)


def judge_most_common(check: Check, state: ColumnState, place: str) -> Finding:
    """Whether the most common value is in a set; several are, as Great Expectations has it, only with `ties_okay`.
    Raises ValueError where a value that the profile does not name could be as common."""
    wanted = _texts(check.params["value_set"])
    expected = f"one of {listing(check.params['value_set'])}"
    most = max(state.categories.values(), default=0)
    if state.other >= most > 0:
        raise ValueError(f"the most common value has {most} rows, and {state.other} have values that are not named")
    modes = sorted(name for name, count in state.categories.items() if count == most > 0)
    if not modes:
        return check_finding(
            check, Status.FAIL, f"{place}: it has no value, so none is the most common", expected=expected
        )
    inside = wanted & set(modes)
    good = bool(inside) if check.params.get("ties_okay") else len(modes) == 1 and bool(inside)
    subject = "the most common value is" if len(modes) == 1 else "the most common values are"
    sentence = f"{place}: {subject} {listing(modes)} ({most} rows), {'as' if good else 'not'} expected: {expected}"
    return check_finding(check, Status.PASS if good else Status.FAIL, sentence, observed=modes[:20], expected=expected)


def _texts(values: Any) -> set[str]:
    """The values as the categories of a state name them; a null is no value."""
    return {category_name(_text(value)) for value in values if value is not None}


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
