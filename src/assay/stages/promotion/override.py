"""An override: a person makes a contender the champion that the gate did not show to be better, for a limited time."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import UTC, date, datetime

from assay.core.check import Status
from assay.core.decisions.promotion_claim import PromotionClaim
from assay.core.evaluation.contender import CONSTANT
from assay.core.interval import Interval
from assay.core.model_versions import ModelVersion
from assay.core.run_status import RunStatus
from assay.core.suggestions import did_you_mean
from assay.core.verdict import Action, VerdictSummary
from assay.errors import InputError
from assay.stages.models.model_versions import version_entry
from assay.stages.promotion.pause import needs_reason, refuse_while_paused
from assay.stages.promotion.promote import reconcile
from assay.stages.promotion.proposal import judged_on
from assay.stages.promotion.serve import PromotionProposal, serve
from assay.stages.runtime.context import Context, StageOutcome
from assay.store.decisions.promotions import Promotion
from assay.store.ledger.run_details import GateDetails, OverrideDetails, TrainingDetails
from assay.store.ledger.run_record import RunRecord, new_run_id
from assay.store.locks.locks import hold


@dataclass(frozen=True, slots=True)
class ActiveOverride:
    """The override by which the champion serves: its version, who decided it when and why, and its last day."""

    version: ModelVersion
    who: str
    at: str
    why: str
    expires: date
    expired: bool


def override(ctx: Context, day: date, contender: str, expires: date) -> StageOutcome:
    """Make a contender of `day`'s training the champion, whatever the gate decided on it; the ledger holds the reason.

    The override is listed by `assay status` until another promotion follows it, and from the day after `expires` on as
    one that has expired. Nothing is rolled back by itself.

    Raises:
        InputError: There is no reason, the gate has not judged the training, it has no such contender, or the date has
            passed.
        VerdictFailed: The pipeline is paused.
    """
    needs_reason(ctx, "override")
    refuse_while_paused(ctx, "override")
    if expires < _today(ctx):
        raise InputError(f"an override cannot expire on {expires}, which has passed", code="bad-date")
    with hold(ctx.lake, f"gate/{ctx.pipeline.name}", None, wait=ctx.wait):
        reconcile(ctx)
        judged = judged_on(ctx, day)
        training = ctx.ledger.record(judged.details_as(GateDetails).training)
        _check_contender(training, contender)
        return _serve(ctx, judged, training, contender, expires)


def active_override(ctx: Context) -> ActiveOverride | None:
    """Return the override by which the champion serves now, None where it serves by a gate or without an end.

    A refresh of an overridden recipe serves by the same override, until the same day.
    """
    history = ctx.promotions.history()
    state = history[-1] if history else None
    if state is None or state.champion is None or state.expires is None:
        return None
    of_it = itertools.takewhile(lambda one: one.expires == state.expires, reversed(history))
    began = list(of_it)[-1]
    expired = _today(ctx) > state.expires
    return ActiveOverride(state.champion, str(began.actor), began.at, began.why, state.expires, expired)


def _today(ctx: Context) -> date:
    return datetime.now(UTC).astimezone(ctx.pipeline.zone).date()


def _check_contender(training: RunRecord, contender: str) -> None:
    names = [name for name, one in training.details_as(TrainingDetails).contenders.items() if one.kind != CONSTANT]
    if contender not in names:
        raise InputError(
            f"the training {training.run_id} has no contender '{contender}' that may serve",
            code="unknown-contender",
            hint=did_you_mean(contender, names, "it has"),
        )


def _serve(ctx: Context, judged: RunRecord, training: RunRecord, contender: str, expires: date) -> StageOutcome:
    state: Promotion | None = ctx.promotions.current()
    made = training.details_as(TrainingDetails).contenders[contender]
    if state is not None and state.champion is not None and version_entry(ctx, state.champion).digest == made.digest:
        sentence = f"{contender} of {training.start} is the champion already, as version {state.champion}"
        return StageOutcome("promote", ctx.pipeline.name, None, sentence)
    run_id, number = new_run_id("promote"), state.number + 1 if state else 1
    sentence = (
        f"Override of {judged.run_id}, until {expires}: {ctx.actor} made {contender} of {training.start} the champion, "
        f"because: {ctx.why}"
    )
    record = ctx.record(
        run_id,
        "promote",
        ctx.pipeline.name,
        Interval.of(training.start),
        RunStatus.DONE,
        verdict=VerdictSummary(Status.WARN, Action.PROMOTE, sentence),
        details=OverrideDetails(
            judged_by=judged.run_id,
            training=training.run_id,
            contender=contender,
            promotion=number,
            expires=expires,
        ),
    )
    proposal = PromotionProposal(contender, PromotionClaim.OVERRIDE, training, judged.run_id, sentence)
    promotion = serve(ctx, state, proposal, record, expires=expires)
    numbers = {"promotion": promotion.number, "champion": promotion.champion, "expires": str(expires)}
    return StageOutcome("promote", ctx.pipeline.name, run_id, sentence, numbers=numbers)
