"""score-card: the 28 tests of the ML Test Score for one pipeline, from what is stored; no JVM, no MLflow."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

from assay.core.score_card.card import CardJudgement, ScoreCard, score_card
from assay.core.score_card.judgements import not_yet
from assay.errors import AssayError
from assay.spec.score_card import team_notes
from assay.stages.runtime.context import Context
from assay.stages.score_card.card_facts import CardFacts, facts_of
from assay.stages.score_card.data_tests import judge_benefit, judge_expectations, judge_feature_tests, judge_proof
from assay.stages.score_card.infrastructure_tests import (
    judge_first_day,
    judge_integration,
    judge_model_tests,
    judge_reproducible,
    judge_rollback,
    judge_validation,
)
from assay.stages.score_card.model_tests import (
    judge_cost_of_age,
    judge_review,
    judge_simpler,
    judge_slices,
    judge_tuning,
)
from assay.stages.score_card.monitoring_tests import (
    judge_costs,
    judge_invariants,
    judge_notification,
    judge_numbers,
    judge_parity,
    judge_quality,
    judge_staleness,
)

JUDGES: dict[str, Callable[[CardFacts], CardJudgement]] = {
    "data-1": judge_expectations,
    "data-2": judge_benefit,
    "data-4": judge_proof,
    "data-7": judge_feature_tests,
    "model-1": judge_review,
    "model-3": judge_tuning,
    "model-4": judge_cost_of_age,
    "model-5": judge_simpler,
    "model-6": judge_slices,
    "infrastructure-1": judge_reproducible,
    "infrastructure-2": judge_model_tests,
    "infrastructure-3": judge_integration,
    "infrastructure-4": judge_validation,
    "infrastructure-6": judge_first_day,
    "infrastructure-7": judge_rollback,
    "monitoring-1": judge_notification,
    "monitoring-2": judge_invariants,
    "monitoring-3": judge_parity,
    "monitoring-4": judge_staleness,
    "monitoring-5": judge_numbers,
    "monitoring-6": judge_costs,
    "monitoring-7": judge_quality,
}
"""The judgement of each automatic test. That of data-2 can only fail, so the test is left to the team otherwise."""


def score_card_of(ctx: Context, today: date | None = None) -> ScoreCard:
    """Return the score card of a pipeline as of `today`, a date of its time zone.

    A test whose evidence cannot be read is not yet judged, and its sentence has the reason.

    Raises:
        InputError: The file of the team's notes has a mistake.
        SpecErrors: It has several.
    """
    today = today or datetime.now(ctx.pipeline.zone).date()
    notes, ctx = team_notes(ctx.pipeline, today), ctx.with_fixed_ledger()
    try:
        facts = facts_of(ctx, today)
    except AssayError as error:
        unknown = _unreadable(error)
        return score_card(dict.fromkeys(JUDGES, unknown), notes, today)
    return score_card({name: _judged(judge, facts) for name, judge in JUDGES.items()}, notes, today)


def _judged(judge: Callable[[CardFacts], CardJudgement], facts: CardFacts) -> CardJudgement:
    try:
        return judge(facts)
    except AssayError as error:
        return _unreadable(error)


def _unreadable(error: AssayError) -> CardJudgement:
    return not_yet(f"It cannot be judged: {error.message}", todo=error.hint)
