"""What a gate found better is made to serve, and what it could not decide becomes the challenger."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from assay.stages.promotion.challenger_tenure import against_another, standing_of
from assay.stages.promotion.promote import decide, known_versions
from assay.stages.runtime.context import Context
from assay.store.ledger.promotions import Promotion
from assay.store.ledger.run_record import RunRecord


@dataclass(frozen=True, slots=True)
class PromotionProposal:
    """The contenders of a training that a gate would make champion (None: none) and challenger, and its words."""

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
    """The promotion that gives the roles, written against `state`. Raises LostRace when that is no longer the last.

    A challenger that stands keeps its place and goes on against the new champion, unless that is of its own recipe:
    then its challenge is over.
    """
    forward, training = proposal.forward, proposal.training
    stays = forward is not None and _challenger_stays(state, training.details["contenders"][forward]["recipe"])
    if stays:
        proposal = replace(proposal, challenger=None)
    registered = {name: _register(ctx, proposal, name) for name in proposal.winners}
    versions = known_versions(state)
    for name, version in registered.items():
        versions[str(version)] = training.details["contenders"][name] | {
            "name": name,
            "code": training.details["code"],
            "feature_section": training.details["feature_section"],
            "subject": training.subject,
            "training": training.run_id,
            "judged_by": proposal.judged_by,
        }
    champion = registered[forward] if forward else state.champion if state else None
    challenger: int | None = None
    evidence: dict[str, Any] = {"versions": versions}
    if proposal.challenger:
        challenger = registered[proposal.challenger]
        evidence["challenge"] = {"since": training.details["holdout"][1], "looks": 0}
    elif state is not None and stays:
        challenger = state.challenger
        evidence["challenge"] = against_another(ctx, state)
    kind = "promote" if forward else "challenge"
    return decide(ctx, state, record, kind=kind, champion=champion, challenger=challenger, evidence=evidence)


def _challenger_stays(state: Promotion | None, recipe: str) -> bool:
    standing = standing_of(state)
    return standing is not None and not standing.ended_by(recipe)


def _register(ctx: Context, proposal: PromotionProposal, name: str) -> int:
    about = proposal.training.details["contenders"][name]
    tags = {"training": proposal.training.run_id, "digest": about["digest"], "contender": name}
    return ctx.registry.register(about["run_id"], description=proposal.sentence, tags=tags)
