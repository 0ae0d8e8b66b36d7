"""The worth of each comparison of the gate, on the fold that followed; no JVM."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from assay.core.check import Finding
from assay.core.decisions.looks.comparison import PairComparison, compare_pair
from assay.core.decisions.naive_rules import Hindsight, RuleResult, rule_results
from assay.core.evaluation.contender import CONSTANT
from assay.core.evaluation.jackknife import Insufficient
from assay.core.evaluation.metrics import METRICS
from assay.errors import InfrastructureError, InputError
from assay.stages.models.model_versions import version_entry
from assay.stages.runtime.context import Context
from assay.stages.training.track_record import TrackRecord, read_folds, track_record
from assay.store.ledger.run_details import AnswerDetails, FoldReference, GateDetails, TrainingDetails
from assay.store.ledger.run_documents import VERDICT
from assay.store.ledger.run_record import RunRecord


def hindsight(ctx: Context) -> list[Hindsight]:
    """Return each look of a gate at a pair, newest gate first, with the same comparison on the fold after the gate.

    The fold after it begins on the day of the gate or later. It is known if a later training computed it for both
    recipes, that of the contender and that of the champion or the constant.
    """
    record, promoted = track_record(ctx), _promoted(ctx)
    newest = {one.details.training: one for one in ctx.ledger.records("gate") if isinstance(one.details, GateDetails)}
    gates = sorted(newest.values(), key=lambda one: (one.start, one.at), reverse=True)
    return [one for judged in gates for one in _of_gate(ctx, judged, record, promoted=judged.run_id in promoted)]


def _promoted(ctx: Context) -> set[str]:
    """Return the runs of the gate whose contender became champion, at once or by an answer."""
    at_once = {one.run_id for one in ctx.ledger.records("gate") if _promotion_of(one.details)}
    answers = [one.details for one in ctx.ledger.records("promote") if isinstance(one.details, AnswerDetails)]
    return at_once | {answer.judged_by for answer in answers if answer.promotion is not None}


def _promotion_of(details: object) -> int | None:
    return details.promotion if isinstance(details, GateDetails) else None


def _of_gate(ctx: Context, judged: RunRecord, record: TrackRecord, *, promoted: bool) -> Iterator[Hindsight]:
    details = judged.details_as(GateDetails)
    try:
        findings = ctx.runs.read(judged.run_id, VERDICT).findings
    except InputError:
        return
    training = ctx.ledger.record(details.training).details_as(TrainingDetails)
    champion = details.champion
    incumbent = training.contenders[CONSTANT].recipe if champion is None else version_entry(ctx, champion).recipe
    recipes = _Recipes("", incumbent, constant=champion is None)
    for finding in findings:
        if finding.check == "gate.pair" and "estimate" in finding.details:
            yield _of_look(ctx, judged, finding, recipes, record, promoted=promoted)


def _of_look(
    ctx: Context, judged: RunRecord, finding: Finding, recipes: _Recipes, record: TrackRecord, *, promoted: bool
) -> Hindsight:
    details = finding.details
    return Hindsight(
        day=judged.start,
        contender=str(details["ours"]),
        incumbent=str(details["theirs"]),
        gain=float(details["estimate"]),
        outcome=str(details["outcome"]),
        promoted=promoted and judged.details_as(GateDetails).forward == details["ours"],
        afterwards=_afterwards(ctx, replace(recipes, contender=str(details["recipe"])), judged.start, record),
    )


@dataclass(frozen=True, slots=True)
class _Recipes:
    contender: str
    incumbent: str
    constant: bool


def _afterwards(ctx: Context, one: _Recipes, day: date, record: TrackRecord) -> PairComparison | Insufficient:
    gate, recipes = ctx.pipeline.spec.gate, (one.contender, one.incumbent)
    folds = [_first_fold(record, recipe, day) for recipe in recipes]
    if None in folds or len({fold.start for fold in folds if fold}) > 1:
        return Insufficient("no later training computed the next fold of both recipes")
    metric, sides = METRICS[gate.metric], []
    try:
        for recipe, fold in zip(recipes, folds, strict=True):
            days = read_folds(ctx, recipe, [fold] if fold else [])
            sides.append({day: metric.prepare(outcomes.overall) for day, outcomes in days.items()})
    except InfrastructureError as error:
        return Insufficient(error.message)
    return compare_pair(
        metric,
        ("contender", sides[0]),
        ("incumbent", sides[1]),
        margin=gate.margin,
        incumbent_is_constant=one.constant,
    )


def _first_fold(record: TrackRecord, recipe: str, day: date) -> FoldReference | None:
    starts = [start for start in record.starts(recipe) if start >= day]
    return record.folds[recipe, starts[0]][0] if starts else None


def hindsight_document(comparisons: list[Hindsight]) -> dict[str, Any]:
    """Return the comparisons and the result of each rule as plain JSON types."""
    return {
        "rules": [_rule(result) for result in rule_results(comparisons)],
        "comparisons": [
            {
                "day": str(one.day),
                "contender": one.contender,
                "incumbent": one.incumbent,
                "gain": one.gain,
                "outcome": one.outcome,
                "promoted": one.promoted,
                "any_gain": one.any_gain_promotes,
                "small_gain": one.small_gain_promotes,
                "afterwards": one.realised,
                "interval": None if isinstance(one.afterwards, Insufficient) else list(one.afterwards.interval),
            }
            for one in comparisons
        ],
    }


def _rule(result: RuleResult) -> dict[str, Any]:
    return {
        "rule": result.rule,
        "promotions": result.promotions,
        "known": result.known,
        "lost": result.lost,
        "total": result.total,
    }
