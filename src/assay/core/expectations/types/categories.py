"""Types about the set of values of a column, judged from the categories of its state."""

from __future__ import annotations

from functools import partial
from typing import Any

from assay.core.check import Check, Finding, Status
from assay.core.expectations.definition.expectation_type import DECLARED_TYPE, ColumnTypes
from assay.core.expectations.definition.families import OfColumnState
from assay.core.expectations.definition.wording import check_finding, listing, pass_or_fail
from assay.core.profiles.required_stats import StateKind
from assay.core.profiles.table_profile import ColumnState, category_name
from assay.core.text import quantity


def _named_values(check: Check) -> StateKind | None:
    return "text" if check.applies or check.params.get(DECLARED_TYPE) in ("int", "long", "date") else None


_categorical = partial(
    OfColumnState,
    needs=["value_set"],
    columns=ColumnTypes(frozenset({"string", "boolean", "int", "long", "date"})),
    extra_state=_named_values,
)


@_categorical("expect_column_distinct_values_to_contain_set")
@_categorical("expect_column_distinct_values_to_equal_set")
def _holds_set(check: Check, state: ColumnState, place: str) -> Finding:
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
        named = quantity(len(present), "value")
        raise ValueError(f"the profile names {named} and counts {state.other} rows with others")
    sentence = f"{place}: it lacks {listing(missing)}" if missing else f"{place}: it holds {expected}"
    observed = missing[:20] or len(present)
    return pass_or_fail(check, not missing, sentence, observed=observed, expected=expected)


@_categorical("expect_column_most_common_value_to_be_in_set", takes=["ties_okay"])
def _has_most_common(check: Check, state: ColumnState, place: str) -> Finding:
    """Return the finding on the most common value; several may share the first place only with `ties_okay`."""
    wanted = _texts(check.params["value_set"])
    expected = f"one of {listing(check.params['value_set'])}"
    most = max(state.categories.values(), default=0)
    if state.other >= most > 0:
        raise ValueError(f"the most common value has {most} rows, and {state.other} have values that are not named")
    modes = sorted(name for name, count in state.categories.items() if count == most > 0)
    if not modes:
        sentence = f"{place}: it has no value, so none is the most common"
        return check_finding(check, Status.FAIL, sentence, expected=expected)
    inside = wanted & set(modes)
    good = bool(inside) if check.params.get("ties_okay") else len(modes) == 1 and bool(inside)
    subject = "the most common value is" if len(modes) == 1 else "the most common values are"
    sentence = f"{place}: {subject} {listing(modes)} ({most} rows), {'as' if good else 'not'} expected: {expected}"
    return pass_or_fail(check, good, sentence, observed=modes[:20], expected=expected)


def _texts(values: Any) -> set[str]:
    """Return the values as the categories of a state name them; a null is no value."""
    return {category_name(_text(value)) for value in values if value is not None}


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
