"""The holdout that the gate judges on: the same days and the same rows for everyone, and enough of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from assay.core.check import Finding, Severity, Status
from assay.core.claim import decimals
from assay.core.compare import common_days
from assay.core.counts import Counts
from assay.core.outcome import OutcomeProfile

if TYPE_CHECKING:
    from assay.core.gate import Contender, GatePolicy


@dataclass(frozen=True, slots=True)
class Holdout:
    """The outcomes of every model on the days that all of them have with labels, sparse and dense, by its name."""

    days: tuple[date, ...]
    profiles: Mapping[str, Mapping[date, OutcomeProfile]]
    scores: Mapping[str, Mapping[date, Counts]]

    @classmethod
    def of(cls, models: Sequence[Contender]) -> Holdout:
        """The holdout that `models` share."""
        overall = [{day: profile.overall for day, profile in model.days.items()} for model in models]
        days = common_days(*overall)
        profiles = {model.name: {day: model.days[day] for day in days} for model in models}
        scores = {
            name: {day: Counts.of(profile.overall) for day, profile in per_day.items()}
            for name, per_day in profiles.items()
        }
        return cls(tuple(days), profiles, scores)

    def whole(self, name: str) -> Counts:
        """All days of one model together; there must be one."""
        merged: Counts | None = None
        for counts in self.scores[name].values():
            merged = counts if merged is None else merged.merge(counts)
        if merged is None:
            raise ValueError("a holdout without days has no whole")
        return merged


def inspect_holdout(holdout: Holdout, policy: GatePolicy) -> list[Finding]:
    """What stops any judging: too few days, too few rows of either label, other rows for one model than for another.

    Empty when all is well. An error estimated from few days, or a metric on a handful of positives, promotes on
    noise whatever its p-value says.
    """
    if len(holdout.days) < policy.min_days:
        n = len(holdout.days)
        sentence = (
            f"The holdout has {n} day{'' if n == 1 else 's'} with labels that all models share, and it takes "
            f"{policy.min_days} to show anything: insufficient."
        )
        return [Finding("gate.insufficient", Status.FAIL, sentence, observed=n, expected=f"{policy.min_days} days")]
    totals = {name: holdout.whole(name) for name in holdout.scores}
    first = next(iter(totals))
    for name, per_day in holdout.scores.items():
        for day, counts in per_day.items():
            other = holdout.scores[first][day]
            if (counts.positive, counts.negative) != (other.positive, other.negative):
                return [_other_rows(day, (name, counts), (first, other))]
    for label in ("positive", "negative"):
        found = getattr(totals[first], label)
        if found < policy.min_positives:
            sentence = (
                f"The holdout has {found:,} {label} row{'' if found == 1 else 's'} on {len(holdout.days)} days, and it "
                f"takes {policy.min_positives:,} to show anything: insufficient."
            )
            expected = f"{policy.min_positives} {label} rows"
            return [Finding("gate.insufficient", Status.FAIL, sentence, observed=found, expected=expected)]
    return []


def reaches(model: Contender, holdout: Holdout, policy: GatePolicy) -> list[Finding]:
    """Whether the model's metric is as good as the policy's floor; nothing without a floor."""
    if policy.at_least is None:
        return []
    by, places = policy.by, decimals(policy.margin)
    value = by.function(holdout.whole(model.name))
    good = value is not None and by.sign * value >= by.sign * policy.at_least
    wanted = f"{'at least' if by.higher_is_better else 'at most'} {policy.at_least:.{places}f}"
    said = "cannot be computed" if value is None else f"is {value:.{places}f}"
    sentence = f"The {by.title} of {model.name} {said}; {wanted} is {'' if good else 'not '}reached."
    status = Status.PASS if good else Status.FAIL
    return [Finding("gate.at_least", status, sentence, observed=value, expected=wanted)]


def resolves(model: Contender, holdout: Holdout, policy: GatePolicy) -> list[Finding]:
    """A note when binning the scores may have moved the metric by more than half the margin: scores that crowd in
    few of the 4,096 bins. Nothing for the constant, whose scores are truly alike."""
    bound = policy.by.bound(holdout.whole(model.name))
    if model.kind == "constant" or bound is None or bound <= policy.margin / 2:
        return []
    sentence = (
        f"The scores of {model.name} crowd in few bins: unless they are truly alike, its {policy.by.title} may be off "
        f"by up to {bound:.2g}, and the margin is {policy.margin:g}."
    )
    return [Finding("gate.resolution", Status.WARN, sentence, Severity.INFO, observed=bound)]


def _other_rows(day: date, one: tuple[str, Counts], two: tuple[str, Counts]) -> Finding:
    said = [f"{name} has {counts.positive:,} positive and {counts.negative:,} negative" for name, counts in (one, two)]
    sentence = f"The models were not scored on the same rows: on {day}, {said[0]} rows, and {said[1]}."
    return Finding("gate.same_rows", Status.FAIL, sentence, expected="the same rows for all")
