"""Slices: a contender that is better overall must not be shown worse in any slice of the rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from assay.core.check import Finding, Severity, Status
from assay.core.evaluation.claims import at_most, decimals, gained, percent, too_coarse
from assay.core.evaluation.jackknife import Insufficient, MetricDifference, common_days, compare
from assay.core.evaluation.metrics import METRICS
from assay.core.profiles.outcome_profile import OutcomeProfile, Scored, merge_two
from assay.core.text import quantity

Days = Mapping[date, OutcomeProfile]
PerDay = dict[date, Scored]

OTHER = "other"
"""The name of all values together that have too few rows to be judged alone."""


@dataclass(frozen=True, slots=True)
class SliceRule:
    """The rule for slices: the metric, the columns, the rows that a value needs for its own slice, and the margin.

    With `harm`, each slice has to be shown to lose less than that.
    """

    metric: str
    columns: Sequence[str]
    smallest: int
    margin: float
    confidence: float
    harm: float | None = None


@dataclass(frozen=True, slots=True)
class _Slice:
    column: str
    value: str
    difference: MetricDifference


def judge_slices(contender: tuple[str, Days], incumbent: tuple[str, Days], rule: SliceRule) -> list[Finding]:
    """Return a finding for each slice of `contender` against `incumbent`; none without columns.

    A slice that is shown worse fails, under two conditions. Its one-sided p-value, Holm-corrected over all slices of
    all columns (Holm 1979), is below 1 - confidence. Its estimated loss reaches the margin: without this condition
    enough rows would refuse any contender, even a refresh whose small loss the gate allows.

    Each slice is given with the loss that it could hide, the one-sided bound at `confidence`. With `harm`, a slice that
    could hide so much is a warning. To require that of all slices at once takes no correction for their number
    (intersection-union test; Berger 1982).

    Values with fewer than `smallest` rows, fewer than two days or an undefined metric are pooled as "other". A column
    whose values are all pooled is a warning, since no slice of it is judged alone. A column that was not measured
    fails. A slice in which the bins of the scores are too coarse for the margin is a warning.
    """
    findings: list[Finding] = []
    slices: list[_Slice] = []
    for column in rule.columns:
        if not any(column in profile.slices for profile in contender[1].values()) or not any(
            column in profile.slices for profile in incumbent[1].values()
        ):
            findings.append(_unmeasured(column))
            continue
        judged, noted = _slices_of(column, contender[1], incumbent[1], rule)
        slices += judged
        findings += noted
    corrected = holm([each.difference.p_worse for each in slices])
    verdicts = [_judge(each, p, (contender[0], incumbent[0]), rule) for each, p in zip(slices, corrected, strict=True)]
    return findings + verdicts


def holm(p_values: Sequence[float]) -> list[float]:
    """Return the p-values corrected for their number by Holm's step-down method, in their order.

    >>> holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    """
    order = sorted(range(len(p_values)), key=lambda i: p_values[i])
    corrected = [0.0] * len(p_values)
    largest = 0.0
    for rank, i in enumerate(order):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[i]))
        corrected[i] = largest
    return corrected


def _slices_of(
    column: str, contender_days: Days, incumbent_days: Days, rule: SliceRule
) -> tuple[list[_Slice], list[Finding]]:
    alone: list[_Slice] = []
    pooled: list[str] = []
    by_value = [_by_value(column, days) for days in (contender_days, incumbent_days)]
    for value in sorted(by_value[0].keys() | by_value[1].keys()):
        one, two = (side.get(value, {}) for side in by_value)
        difference = _compare(one, two, rule)
        if difference is None or value == OTHER:
            pooled.append(value)
        else:
            alone.append(_Slice(column, value, difference))
    if not pooled:
        return alone, []
    rest = [_pool([side[value] for value in pooled if value in side]) for side in by_value]
    difference = _compare(rest[0], rest[1], rule)
    noted = [] if alone else [_all_pooled(column, pooled, rule)]
    if difference is not None:
        return [*alone, _Slice(column, OTHER, difference)], noted
    return alone, [*noted, _too_small(column, pooled, rest[0], rule)]


def _by_value(column: str, days: Days) -> dict[str, PerDay]:
    values: dict[str, PerDay] = {}
    for day, profile in days.items():
        for value, scores in profile.slices.get(column, {}).items():
            values.setdefault(value, {})[day] = scores
    return values


def _compare(contender_days: PerDay, incumbent_days: PerDay, rule: SliceRule) -> MetricDifference | None:
    days = common_days(contender_days, incumbent_days)
    if len(days) < 2 or sum(contender_days[day].rows for day in days) < rule.smallest:
        return None
    difference = compare(rule.metric, contender_days, incumbent_days, rule.confidence)
    return None if isinstance(difference, Insufficient) else difference


def _pool(values: Sequence[PerDay]) -> PerDay:
    pooled: PerDay = {}
    for days in values:
        for day, scores in days.items():
            pooled[day] = merge_two(pooled[day], scores) if day in pooled else scores
    return pooled


def _judge(each: _Slice, p: float, names: tuple[str, str], rule: SliceRule) -> Finding:
    difference, places = each.difference, decimals(rule.margin)
    if not difference.resolves(rule.margin):
        return _unresolved(each, names, rule)
    worse = p < 1 - rule.confidence and difference.estimate <= -rule.margin
    by = METRICS[rule.metric]
    sentence = (
        f"Where {each.column} is {each.value}, {names[0]} has {by.named} of "
        f"{difference.contender_value:,.{places}f} against {difference.incumbent_value:,.{places}f} of {names[1]} "
        f"({quantity(difference.rows, 'row')}): {gained(by, difference.estimate, places)}, "
        f"{at_most(by, difference.high, places)} at {percent(difference.confidence)} "
        f"confidence (p = {p:.2g} for worse, after Holm), so it is {'' if worse else 'not '}shown worse."
        f"{_hidden(difference, rule, places)}"
    )
    details = {"value": each.value, "p": p, "margin": rule.margin, "difference": difference.to_json()}
    details |= {"hides": hidden_loss(difference), "safe": _safe(difference, rule)}
    status = Status.FAIL if worse else Status.PASS if _safe(difference, rule) else Status.WARN
    expected = f"no slice shown worse by {rule.margin:g} or more"
    if rule.harm is not None:
        expected += f", each shown to lose less than {rule.harm:g}"
    return Finding(
        "gate.slice", status, sentence, Severity.CRITICAL, each.column, difference.estimate, expected, details
    )


def hidden_loss(difference: MetricDifference) -> float:
    """Return the largest loss that a slice could hide, one-sided at the confidence of the difference; 0 without any."""
    return max(0.0, -difference.low)


def _safe(difference: MetricDifference, rule: SliceRule) -> bool:
    return rule.harm is None or hidden_loss(difference) < rule.harm


def _hidden(difference: MetricDifference, rule: SliceRule, places: int) -> str:
    hides = hidden_loss(difference)
    if not hides:
        return " It hides no loss."
    clause = f" It could hide a loss of up to {hides:.{places}f}"
    if rule.harm is None:
        return f"{clause}."
    less = "less" if _safe(difference, rule) else "not less"
    return f"{clause}, which is {less} than the {rule.harm:g} that no slice may hide."


def _all_pooled(column: str, pooled: Sequence[str], rule: SliceRule) -> Finding:
    sentence = (
        f"No value of {column} has {rule.smallest:,} rows and a metric of its own: all {len(pooled)} are judged "
        f"together as '{OTHER}', so a harm to one of them is not seen. Take a coarser column, or lower min_slice_rows."
    )
    return Finding(
        "gate.slice", Status.WARN, sentence, Severity.WARNING, column, len(pooled), "a value that is judged alone"
    )


def _unresolved(each: _Slice, names: tuple[str, str], rule: SliceRule) -> Finding:
    difference = each.difference
    sentence = (
        f"Where {each.column} is {each.value}, {names[0]} cannot be compared with {names[1]}: "
        f"{too_coarse(names, difference.bounds, rule.margin)}"
    )
    details = {"value": each.value, "margin": rule.margin, "difference": difference.to_json()}
    details["safe"] = rule.harm is None
    return Finding(
        "gate.slice", Status.WARN, sentence, Severity.WARNING, each.column, difference.estimate, "finer bins", details
    )


def _unmeasured(column: str) -> Finding:
    return Finding(
        "gate.slice",
        Status.FAIL,
        f"The slices of {column} were not measured for both models, so it is not known whether it got worse for one.",
        column=column,
        expected="outcomes measured per value",
    )


def _too_small(column: str, pooled: Sequence[str], rest: PerDay, rule: SliceRule) -> Finding:
    rows = sum(scores.rows for scores in rest.values())
    named = ", ".join(pooled[:5]) + (", ..." if len(pooled) > 5 else "")
    return Finding(
        "gate.slice",
        Status.WARN,
        f"{quantity(len(pooled), 'value')} of {column} ({named}) with {quantity(rows, 'row')} together "
        f"could not be judged: a slice takes {rule.smallest:,} rows, two days, and {METRICS[rule.metric].named}.",
        Severity.INFO,
        column,
        rows,
        f"{rule.smallest:,} rows",
        {"value": OTHER, "values": list(pooled)},
    )
