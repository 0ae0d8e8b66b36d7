"""The champions of a pipeline: a dense sequence of promotions, each made by compare-and-set against the one before."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from assay.core.model_versions import Evidence, ModelVersion
from assay.errors import InfrastructureError, InputError, LostRace
from assay.store.filesystem.atomic import safe_name
from assay.store.filesystem.document_format import DocumentFormat
from assay.store.filesystem.storage_path import StoragePath, authenticated_user
from assay.store.ledger.sequence import Sequence
from assay.store.users import Actor, claimed_user, now_utc


class PromotionKind(StrEnum):
    """The acts that change who is champion."""

    PROMOTE = "promote"
    ROLLBACK = "rollback"


@dataclass(frozen=True, slots=True)
class Promotion:
    """The champion from here on (a model version or None), and who set it, when, why and on which evidence.

    `who` is the authenticated user, and `claimed` the name of the person in `ASSAY_USER`, which proves nothing.
    `expires` is the last day of an override, None for every other promotion.
    """

    number: int
    kind: PromotionKind
    champion: ModelVersion | None
    at: str
    who: str
    why: str
    run_id: str
    evidence: Evidence = field(default_factory=Evidence)
    claimed: str = ""
    expires: date | None = None

    @property
    def actor(self) -> Actor:
        """The user who set the role."""
        return Actor(self.who, self.claimed)

    @property
    def sentence(self) -> str:
        """The act in words.

        >>> Promotion(4, PromotionKind.PROMOTE, ModelVersion(7), "2013-06-01T03:00:00Z", "eva", "", "r").sentence
        'eva made version 7 the champion at 2013-06-01T03:00:00Z (promotion 4)'
        """
        done = {
            PromotionKind.PROMOTE: f"made version {self.champion} the champion",
            PromotionKind.ROLLBACK: f"rolled back to version {self.champion}"
            if self.champion
            else "rolled back to no champion",
        }[self.kind]
        return f"{self.actor} {done} at {self.at} (promotion {self.number})"


PROMOTION_FORMAT = DocumentFormat("promotion", 1, Promotion)


class Promotions:
    """The promotions of one pipeline. Write access to their folder is the right to promote."""

    def __init__(self, lake: StoragePath, pipeline: str) -> None:
        self._sequence = Sequence(lake / "_assay" / safe_name(pipeline, "a pipeline") / "promotions")

    def history(self) -> list[Promotion]:
        """Return every promotion, oldest first.

        Raises:
            InfrastructureError: A document is missing or corrupt.
        """
        return self._sequence.read_as(PROMOTION_FORMAT)

    def current(self) -> Promotion | None:
        """Return the promotion that holds now, None before the first promotion."""
        history = self.history()
        return history[-1] if history else None

    def write(
        self,
        expected: int,
        *,
        kind: PromotionKind,
        champion: ModelVersion | None,
        why: str,
        run_id: str,
        evidence: Evidence | None = None,
        actor: Actor | None = None,
        expires: date | None = None,
    ) -> Promotion:
        """Write the promotion that holds from now on, if the last one still is `expected` (0: none yet), and return it.

        What was judged against an old champion proves nothing about the new one. A writer that was killed before it
        learned of its success may write the same again: it gets its own promotion back.

        Raises:
            LostRace: Another promotion was written meanwhile. The message names its author and its act.
            InputError: The storage does not let this user write promotions.
        """
        by = actor or Actor(authenticated_user(self._sequence.folder), claimed_user())
        promotion = Promotion(
            expected + 1,
            kind,
            champion,
            at=now_utc(),
            who=by.who,
            why=why,
            run_id=run_id,
            evidence=evidence or Evidence(),
            claimed=by.claimed,
            expires=expires,
        )
        self._sequence.sweep()
        history = self.history()
        if len(history) == expected and self._create(promotion):
            return promotion
        return self._settle(expected, promotion)

    def _create(self, promotion: Promotion) -> bool:
        try:
            return self._sequence.create(promotion.number, PROMOTION_FORMAT.document(promotion))
        except InfrastructureError as error:
            if not isinstance(error.__cause__, PermissionError):
                raise
            raise InputError(
                f"{promotion.actor} may not write to {self._sequence.folder}",
                code="not-allowed",
                hint="the right to promote and to roll back is the right to write to this folder (docs/rights.md)",
            ) from error

    def _settle(self, expected: int, promotion: Promotion) -> Promotion:
        history = self.history()
        if len(history) <= expected:
            last = f"the last one is {len(history)}" if history else "there is none yet"
            raise LostRace(
                f"promotion {promotion.number} cannot follow promotion {expected}: {last}",
                code="lost-race",
                hint="look at 'assay models', then decide again",
            )
        winner = history[expected]
        if _same_act(winner, promotion):
            return winner
        later = f"; {len(history) - promotion.number} more followed" if len(history) > promotion.number else ""
        raise LostRace(
            f"another promotion came first: {winner.sentence}, because: {winner.why or 'no reason given'}{later}",
            code="lost-race",
            hint="look at 'assay models', then decide again",
        )


def _same_act(one: Promotion, two: Promotion) -> bool:
    def act(promotion: Promotion) -> tuple[object, ...]:
        return (promotion.kind, promotion.champion, promotion.who, promotion.run_id)

    return bool(one.run_id) and act(one) == act(two)
