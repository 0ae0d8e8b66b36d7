"""A training that is dated before the champion's never replaces it."""

from __future__ import annotations

from assay.core.check import Finding, Status
from assay.stages.models.model_versions import training_of
from assay.stages.runtime.context import Context
from assay.store.decisions.promotions import Promotion
from assay.store.ledger.run_record import RunRecord


def newer_champion(ctx: Context, training: RunRecord, state: Promotion | None) -> Finding | None:
    """Return the finding that refuses a training dated before the champion's, None where the champion is not newer."""
    if state is None or state.champion is None:
        return None
    champion_training = training_of(ctx, state.champion)
    if champion_training.start <= training.start:
        return None
    sentence = (
        f"Refused: the champion (version {state.champion}) was trained later, on {champion_training.start}. "
        "Train on that date or a later one to replace it."
    )
    details = {"champion": str(champion_training.start), "training": str(training.start)}
    return Finding("gate.newer_champion", Status.FAIL, sentence, details=details)
