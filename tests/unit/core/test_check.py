"""Checks are known by what they measure."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from assay.core.check import Check, Severity


@given(st.floats(0, 1), st.floats(0, 1))
def test_a_threshold_does_not_change_what_is_measured(one: float, two: float) -> None:
    checks = [
        Check("expect_column_values_to_be_between", "delay", {"min_value": 0, "mostly": mostly}, severity)
        for mostly, severity in ((one, Severity.CRITICAL), (two, Severity.WARNING))
    ]
    assert checks[0].id == checks[1].id


def test_every_part_of_the_measurement_changes_the_id() -> None:
    checks = [
        Check("a", "x", {"min_value": 0}),
        Check("b", "x", {"min_value": 0}),
        Check("a", "y", {"min_value": 0}),
        Check("a", "x", {"min_value": 1}),
        Check("a", "x", {"min_value": 0}, predicate="x > 0"),
        Check("a", "x", {"min_value": 0}, applies="x IS NOT NULL"),
    ]
    assert len({check.id for check in checks}) == len(checks)


def test_the_order_of_parameters_does_not_matter() -> None:
    assert Check("a", "x", {"p": 1, "q": 2}).id == Check("a", "x", {"q": 2, "p": 1}).id
