"""The promotion after a gate: the contender that was shown better serves, and an undecided one becomes challenger."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace

from assay.core.model_versions import ChallengeState, Evidence, ModelVersion, VersionEntry
from assay.stages.promotion.challenger_tenure import against_another, standing_of
from assay.stages.promotion.promote import decide, known_versions
from assay.stages.runtime.context import Context
from assay.store.ledger.promotions import Promotion, PromotionKind
from assay.store.ledger.run_details import TrainingDetails
from assay.store.ledger.run_record import RunRecord


@dataclass(frozen=True, slots=True)
class PromotionProposal:
    """The contenders of a training that a gate would make champion (None: none) and challenger, and its sentence."""

    forward: str | None
    challenger: str | None
    training: RunRecord
    judged_by: str
    sentence: str

    @property
    def winners(self) -> list[str]:
        """The contenders that become versions, the new champion first."""
        return [name for name in (self.forward, self.challenger) if name]


def serve(ctx: Context, state: Promotion | None, proposal: PromotionProposal, record: RunRecord) -> Promotion:
    """Write the promotion that gives the roles, against `state`, and return it.

    A present challenger keeps its place and goes on against the new champion, unless that is of its own recipe: then
    its challenge is over.

    Raises:
        LostRace: `state` is no longer the last promotion.
    """
    forward, details = proposal.forward, proposal.training.details_as(TrainingDetails)
    stays = forward is not None and _challenger_stays(state, details.contenders[forward].recipe)
    if stays:
        proposal = replace(proposal, challenger=None)
    registered = {name: _register(ctx, proposal, name) for name in proposal.winners}
    versions = known_versions(state) | {version: _entry(proposal, name) for name, version in registered.items()}
    champion = registered[forward] if forward else state.champion if state else None
    challenger: ModelVersion | None = None
    challenge: ChallengeState | None = None
    if proposal.challenger:
        challenger = registered[proposal.challenger]
        challenge = ChallengeState(since=details.window.end)
    elif state is not None and stays:
        challenger = state.challenger
        challenge = against_another(ctx, state)
    kind, evidence = PromotionKind.PROMOTE if forward else PromotionKind.CHALLENGE, Evidence(versions, challenge)
    return decide(ctx, state, record, kind=kind, champion=champion, challenger=challenger, evidence=evidence)


def _challenger_stays(state: Promotion | None, recipe: str) -> bool:
    standing = standing_of(state)
    return standing is not None and not standing.ended_by(recipe)


def _entry(proposal: PromotionProposal, name: str) -> VersionEntry:
    training = proposal.training
    details = training.details_as(TrainingDetails)
    return VersionEntry(
        **asdict(details.contenders[name]),
        name=name,
        code=details.code,
        feature_section=details.feature_section,
        subject=training.subject,
        training=training.run_id,
        judged_by=proposal.judged_by,
    )


def _register(ctx: Context, proposal: PromotionProposal, name: str) -> ModelVersion:
    contender = proposal.training.details_as(TrainingDetails).contenders[name]
    tags = {"training": proposal.training.run_id, "digest": contender.digest, "contender": name}
    return ModelVersion(ctx.registry.register(contender.run_id, description=proposal.sentence, tags=tags))
