"""The days of a champion's training: it is never judged by them, nor replaced by a model that was trained before it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from assay.core.check import Finding, Severity, Status
from assay.core.decisions.gate import GateDecision
from assay.core.text import quantity
from assay.stages.models.model_versions import training_of
from assay.stages.models.served_outcomes import fitted_on
from assay.stages.runtime.context import Context
from assay.store.ledger.promotions import Promotion
from assay.store.ledger.run_details import TrainingDetails
from assay.store.ledger.run_record import RunRecord


def newer_champion(ctx: Context, training: RunRecord, state: Promotion | None) -> Finding | None:
    """Return the finding that refuses a training dated before the champion's, None where the champion is not newer.

    Such a champion was trained on days of the holdout, and an older model does not replace a newer one.
    """
    if state is None or state.champion is None:
        return None
    champion_training = training_of(ctx, state.champion)
    if champion_training.start <= training.start:
        return None
    holdout, window = training.details_as(TrainingDetails).holdout, fitted_on(champion_training)
    seen = sum(day in window for day in holdout)
    sentence = (
        f"Refused: the champion (version {state.champion}) was trained later, on {champion_training.start}, and by "
        f"{seen} of the {quantity(len(holdout), 'day')} of this training's holdout. "
        "Train on a date after it to replace it."
    )
    details = {"champion": str(champion_training.start), "training": str(training.start), "seen": seen}
    return Finding("gate.newer_champion", Status.FAIL, sentence, observed=seen, details=details)


def without_seen(decision: GateDecision, seen: Sequence[date]) -> GateDecision:
    """Return the decision with a note on the days that were left out, since the champion was trained on them."""
    if not seen:
        return decision
    days = quantity(len(seen), "day")
    sentence = (
        f"The champion was trained by {days} of the holdout, {seen[0]} to {seen[-1]}, by which no model is judged."
    )
    note = Finding("gate.seen", Status.WARN, sentence, Severity.INFO, observed=len(seen))
    verdict = decision.verdict
    extended_sentence = f"{verdict.sentence} {sentence}"
    return replace(decision, verdict=replace(verdict, sentence=extended_sentence, findings=(*verdict.findings, note)))
