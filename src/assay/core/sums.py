"""Sums over rows that merge by addition."""

from __future__ import annotations

from collections.abc import Mapping


def merge_sums(
    one: Mapping[str, float], two: Mapping[str, float], *, empty: bool, that_empty: bool
) -> dict[str, float]:
    """The sums that both sides measured, added; those of the other side where exactly one is `empty`."""
    if empty != that_empty:
        return dict(two if empty else one)
    return {name: one[name] + two[name] for name in sorted(one.keys() & two.keys())}
