"""Several models side by side over time: what was served, challengers, earlier versions and the constant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from assay.core.decisions.looks.comparison import compare_pair
from assay.core.evaluation.jackknife import Insufficient
from assay.core.evaluation.metrics import Metric
from assay.core.interval import Interval
from assay.core.profiles.outcome_profile import OutcomeProfile, same_rows


class VariantRole(StrEnum):
    """The role of a variant beside what was served."""

    SERVED = "served"
    RECIPE = "champion's recipe"
    """Models of the champion's recipe, each as new as its fold: what a training at each fold would have served."""

    CHALLENGER = "challenger"
    EARLIER = "earlier version"
    CONSTANT = "constant"


@dataclass(frozen=True, slots=True)
class Variant:
    """A variant with its outcomes by day."""

    name: str
    role: VariantRole
    days: Mapping[date, OutcomeProfile]


@dataclass(frozen=True, slots=True)
class VariantValue:
    """The metric of a variant over the days of a block that it has; None where it is undefined."""

    value: float | None
    days: int


@dataclass(frozen=True, slots=True)
class VariantBlock:
    """The values of all variants in a block, in their order."""

    block: Interval
    values: tuple[VariantValue, ...]


@dataclass(frozen=True, slots=True)
class VariantGain:
    """The gain of a variant over what was served, with one-sided bounds of 95 %; positive where it is better."""

    estimate: float
    low: float
    high: float
    days: int


@dataclass(frozen=True, slots=True)
class SideBySide:
    """The variants, the served one first, their values by block, and the gain of each other one over it.

    A gain is over all days of the blocks on which both scored the same rows; Insufficient, with the reason, where it is
    not known.
    """

    metric: str
    variants: tuple[Variant, ...]
    blocks: tuple[VariantBlock, ...]
    gains: tuple[VariantGain | Insufficient, ...]


def side_by_side(
    served: Variant, others: Sequence[Variant], blocks: Sequence[Interval], metric: Metric, *, margin: float
) -> SideBySide:
    """Return the variants over blocks of days; one without a day in them is left out."""
    served, *rest = (_within(one, blocks) for one in (served, *others))
    variants = [served, *(one for one in rest if one.days)]
    rows = [VariantBlock(block, tuple(_value(metric, one, block) for one in variants)) for block in blocks]
    known = tuple(row for row in rows if any(value.days for value in row.values))
    gains = tuple(_gain(metric, one, served, margin) for one in variants[1:])
    return SideBySide(metric.name, tuple(variants), known, gains)


def _within(one: Variant, blocks: Sequence[Interval]) -> Variant:
    days = {day: outcomes for day, outcomes in one.days.items() if any(day in block for block in blocks)}
    return replace(one, days=days)


def _gain(metric: Metric, one: Variant, served: Variant, margin: float) -> VariantGain | Insufficient:
    constant = one.role is VariantRole.CONSTANT
    shared = one.days.keys() & served.days.keys()
    common = [day for day in shared if same_rows(one.days[day].overall, served.days[day].overall)]
    sides = [(each.name, {day: each.days[day].overall for day in common}) for each in (one, served)]
    # One score for all rows leaves no order to the bins, which a comparison knows of its incumbent only.
    contender, incumbent = sides[::-1] if constant else sides
    compared = compare_pair(metric, contender, incumbent, margin=margin, incumbent_is_constant=constant)
    if isinstance(compared, Insufficient):
        return compared
    low, high = compared.interval
    estimate, days = compared.evidence.estimate, compared.evidence.days
    return VariantGain(-estimate, -high, -low, days) if constant else VariantGain(estimate, low, high, days)


def _value(metric: Metric, one: Variant, block: Interval) -> VariantValue:
    days = [outcomes.overall for day, outcomes in sorted(one.days.items()) if day in block and outcomes.overall.rows]
    return VariantValue(metric.over(days), len(days))
