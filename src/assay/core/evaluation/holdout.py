"""The holdout that the gate judges on: the same days and the same rows for every model, and enough of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import reduce
from typing import Any

from assay.core.check import Finding, Severity, Status
from assay.core.evaluation.claims import decimals
from assay.core.evaluation.constant_baseline import against_constant, baseline_finding
from assay.core.evaluation.contender import Contender, GatePolicy
from assay.core.evaluation.jackknife import common_days, resolved
from assay.core.evaluation.metrics import Metric
from assay.core.interval import Interval
from assay.core.profiles.outcome_profile import OutcomeProfile, Scored, merge_scores, same_rows
from assay.core.profiles.residuals import Residuals
from assay.core.text import quantity


@dataclass(frozen=True, slots=True)
class Holdout:
    """The outcomes of every model on the days that all models have with labels, by the name of the model.

    The `profiles` are the stored outcomes, and `scores` the same outcomes as the metric needs them.
    """

    days: tuple[date, ...]
    profiles: Mapping[str, Mapping[date, OutcomeProfile]]
    scores: Mapping[str, Mapping[date, Any]]

    @classmethod
    def of(cls, models: Sequence[Contender], metric: Metric) -> Holdout:
        """Return the holdout that `models` share."""
        overall = [{day: profile.overall for day, profile in model.days.items()} for model in models]
        days = common_days(*overall)
        profiles = {model.name: {day: model.days[day] for day in days} for model in models}
        scores = {
            name: {day: metric.prepare(profile.overall) for day, profile in per_day.items()}
            for name, per_day in profiles.items()
        }
        return cls(tuple(days), profiles, scores)

    def whole(self, name: str) -> Any:
        """Return the scores of one model over all days together.

        Raises:
            ValueError: The holdout has no days.
        """
        if not self.scores[name]:
            raise ValueError("a holdout without days has no whole")
        return reduce(lambda one, two: one.merge(two), self.scores[name].values())

    def pooled(self, name: str) -> Scored:
        """Return the stored outcomes of one model over all days together, for a metric other than that of the gate.

        Raises:
            ValueError: The holdout has no days.
        """
        if not self.profiles[name]:
            raise ValueError("a holdout without days has no outcomes")
        return merge_scores(profile.overall for profile in self.profiles[name].values())


def inspect_holdout(holdout: Holdout, policy: GatePolicy) -> list[Finding]:
    """Return a finding with the reason why the holdout cannot be used, an empty list for a good holdout.

    It has too few days, too few labelled rows (of either label, where there are two), or other rows for one model than
    for another. An error estimated from few days, or a metric on a few positives, promotes on noise at any p-value.
    """
    if len(holdout.days) < policy.min_days:
        n = len(holdout.days)
        sentence = (
            f"The folds have {quantity(n, 'day')} with labels that all models share, and it takes "
            f"{policy.min_days} to show anything: insufficient."
        )
        return [
            Finding("gate.insufficient", Status.FAIL, sentence, observed=n, expected=quantity(policy.min_days, "day"))
        ]
    first, counted = next(iter(holdout.profiles)), Counter[str]()
    for day in holdout.days:
        other = holdout.profiles[first][day].overall
        counted.update(other.counted)
        for name, per_day in holdout.profiles.items():
            if not same_rows(per_day[day].overall, other):
                return [_other_rows(day, (name, per_day[day].overall), (first, other))]
    for kind, row_count in counted.items():
        needed = policy.min_rows if kind == "labelled" else policy.min_positives
        if row_count < needed:
            sentence = (
                f"The folds have {quantity(row_count, kind + ' row')} on {quantity(len(holdout.days), 'day')}, and it "
                f"takes {needed:,} to show anything: insufficient."
            )
            return [
                Finding(
                    "gate.insufficient",
                    Status.FAIL,
                    sentence,
                    observed=row_count,
                    expected=quantity(needed, f"{kind} row"),
                )
            ]
    return []


def same_row_days(models: Sequence[Contender], dates: Interval) -> list[Contender]:
    """Return the models with those of `dates` on which all of them were measured on the same rows."""
    shared = [day for day in dates.dates() if all(day in one.days for one in models)]
    days = [day for day in shared if all(_alike(one, models[0], day) for one in models)]
    return [replace(one, days={day: one.days[day] for day in days}) for one in models]


def _alike(one: Contender, two: Contender, day: date) -> bool:
    return same_rows(one.days[day].overall, two.days[day].overall)


def unusable_labels(check: str, where: str, profiles: Iterable[OutcomeProfile]) -> list[Finding]:
    """Return a note on rows with a label that is no finite number, which judge no model; `where` names the rows."""
    unusable_rows = sum(profile.overall.unusable for profile in profiles if isinstance(profile.overall, Residuals))
    if not unusable_rows:
        return []
    have = "has" if unusable_rows == 1 else "have"
    sentence = (
        f"{quantity(unusable_rows, 'row')} of {where} {have} a label that is NaN, infinite or huge: "
        "no model is judged by it."
    )
    return [Finding(check, Status.WARN, sentence, Severity.INFO, observed=unusable_rows)]


def reaches(model: Contender, holdout: Holdout, policy: GatePolicy) -> list[Finding]:
    """Return the finding about the model's metric and the policy's floor; an empty list without a floor."""
    if policy.at_least is None:
        return []
    by, places, whole = policy.by, decimals(policy.margin), holdout.whole(model.name)
    value, bound = by.function(whole), by.bound(whole) or 0.0
    good = value is not None and by.sign * value >= by.sign * policy.at_least
    wanted = f"{by.side} {policy.at_least:,.{places}f}"
    metric_clause = "cannot be computed" if value is None else f"is {value:,.{places}f}"
    if value is not None and not resolved(bound, policy.margin, value - policy.at_least):
        good = False
        metric_clause += f", by up to {bound:.2g} moved by the bins of its scores (insufficient resolution)"
    sentence = f"The {by.title} of {model.name} {metric_clause}; {wanted} is {'' if good else 'not '}reached."
    status = Status.PASS if good else Status.FAIL
    return [Finding("gate.at_least", status, sentence, observed=value, expected=wanted)]


def resolves(model: Contender, holdout: Holdout, policy: GatePolicy) -> list[Finding]:
    """Return a note if binning the scores may have moved the metric by more than half the margin, else an empty list.

    It happens where the scores are in few bins. The constant gets no note: its scores are truly equal.
    """
    bound = policy.by.bound(holdout.whole(model.name))
    if model.kind == "constant" or bound is None or bound <= policy.margin / 2:
        return []
    sentence = (
        f"The scores of {model.name} crowd in few bins: its {policy.by.title} may be off by up to {bound:.2g}, and the "
        f"margin is {policy.margin:g}. Where two models are closer than that, neither is judged by it."
    )
    return [Finding("gate.resolution", Status.WARN, sentence, Severity.INFO, observed=bound)]


def beside_the_constant(
    holdout: Holdout, ladder: Sequence[Contender], champion: Contender | None
) -> dict[str, Finding]:
    """Return for each model its loss beside that of the constant.

    The constant is the one that was scored here, the first of `ladder`. For a champion it is the constant of the
    champion's own training, where that is known.
    """
    scored, finding_by_model = against_constant(holdout.pooled(ladder[0].name)), {}
    reference = None if scored is None else scored.loss
    for each in [*ladder[1:], *([champion] if champion else [])]:
        own = each is champion and each.constant is not None
        state = holdout.pooled(each.name)
        beside = against_constant(state, constant=each.constant, reference=None if own else reference)
        if beside is not None:
            finding_by_model[each.name] = baseline_finding(each.name, beside)
    return finding_by_model


def _other_rows(day: date, one: tuple[str, Scored], two: tuple[str, Scored]) -> Finding:
    descriptions = [f"{name} has {state.described}" for name, state in (one, two)]
    sentence = f"The models were not scored on the same rows: on {day}, {descriptions[0]}, and {descriptions[1]}."
    return Finding("gate.same_rows", Status.FAIL, sentence, expected="the same rows for all")
