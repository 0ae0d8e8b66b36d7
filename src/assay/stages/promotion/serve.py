"""The promotion after a gate: the contender that was shown better, or the refresh, becomes the champion."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date

from assay.core.decisions.promotion_claim import PromotionClaim
from assay.core.model_versions import Evidence, ModelVersion, VersionEntry
from assay.stages.promotion.promote import decide, known_versions
from assay.stages.runtime.context import Context
from assay.store.decisions.promotions import Promotion, PromotionKind
from assay.store.ledger.run_details import TrainingDetails
from assay.store.ledger.run_record import RunRecord


@dataclass(frozen=True, slots=True)
class PromotionProposal:
    """The contender of a training that a gate would make champion, what for, and the gate's sentence."""

    forward: str
    claim: PromotionClaim
    training: RunRecord
    judged_by: str
    sentence: str


def serve(
    ctx: Context,
    state: Promotion | None,
    proposal: PromotionProposal,
    record: RunRecord,
    *,
    expires: date | None = None,
) -> Promotion:
    """Write the promotion that gives the role, against `state`, and return it.

    An override `expires`, and so does a refresh of a recipe that serves by an override.

    Raises:
        LostRace: `state` is no longer the last promotion.
    """
    champion = _register(ctx, proposal)
    if proposal.claim is PromotionClaim.REFRESH and state is not None:
        expires = state.expires
    evidence = Evidence(known_versions(state) | {champion: _entry(state, proposal)})
    return decide(ctx, state, record, kind=PromotionKind.PROMOTE, champion=champion, evidence=evidence, expires=expires)


def _entry(state: Promotion | None, proposal: PromotionProposal) -> VersionEntry:
    training = proposal.training
    details = training.details_as(TrainingDetails)
    return VersionEntry(
        **asdict(details.contenders[proposal.forward]),
        name=proposal.forward,
        code=details.code,
        feature_section=details.feature_section,
        subject=training.subject,
        training=training.run_id,
        judged_by=proposal.judged_by,
        anchor=None if proposal.claim is PromotionClaim.BETTER else _anchor(state),
    )


def _anchor(state: Promotion | None) -> ModelVersion | None:
    """Return the anchor of what was not shown better: that of the champion that it follows, or this champion itself."""
    if state is None or state.champion is None:
        return None
    return state.evidence.versions[state.champion].anchor or state.champion


def _register(ctx: Context, proposal: PromotionProposal) -> ModelVersion:
    contender = proposal.training.details_as(TrainingDetails).contenders[proposal.forward]
    tags = {"training": proposal.training.run_id, "digest": contender.digest, "contender": proposal.forward}
    return ModelVersion(ctx.registry.register(contender.run_id, description=proposal.sentence, tags=tags))
