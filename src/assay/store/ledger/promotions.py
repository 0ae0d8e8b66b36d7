"""Who serves: a dense sequence of promotions, each made by compare-and-set against the one before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, cast, get_args

from assay.errors import LostRace
from assay.store.filesystem.atomic import safe_name
from assay.store.filesystem.storage_path import StoragePath
from assay.store.ledger.sequence import Sequence
from assay.store.users import current_user, now_utc

Kind = Literal["promote", "rollback", "challenge", "expire"]


@dataclass(frozen=True, slots=True)
class Promotion:
    """The roles from here on (model versions, None for nobody), and who set them, when, why and on which evidence.

    Both roles stand in one document, so that they change together or not at all.
    """

    number: int
    kind: Kind
    champion: int | None
    challenger: int | None
    at: str
    who: str
    why: str
    run_id: str
    evidence: Mapping[str, Any] = field(default_factory=dict)

    @property
    def sentence(self) -> str:
        """What was done, in words.

        >>> Promotion(4, "promote", 7, None, "2013-06-01T03:00:00Z", "eva", "", "r").sentence
        'eva made version 7 the champion at 2013-06-01T03:00:00Z (promotion 4)'
        """
        done = {
            "promote": f"made version {self.champion} the champion",
            "rollback": f"rolled back to version {self.champion}" if self.champion else "rolled back to no champion",
            "challenge": f"made version {self.challenger} the challenger",
            "expire": "let the challenger go",
        }[self.kind]
        return f"{self.who} {done} at {self.at} (promotion {self.number})"


class Promotions:
    """The promotions of one pipeline. Write access to their folder is the right to promote."""

    def __init__(self, lake: StoragePath, pipeline: str) -> None:
        self._sequence = Sequence(lake / "_assay" / safe_name(pipeline, "a pipeline") / "promotions")

    def history(self) -> list[Promotion]:
        """Every promotion, oldest first. Raises InfrastructureError on a gap or a corrupt document."""
        return self._sequence.read_as(Promotion, get_args(Kind), "promotion")

    def current(self) -> Promotion | None:
        """The roles as they are now, None before the first promotion."""
        history = self.history()
        return history[-1] if history else None

    def write(
        self,
        expected: int,
        *,
        kind: str,
        champion: int | None,
        challenger: int | None = None,
        why: str,
        run_id: str,
        evidence: Mapping[str, Any] | None = None,
        who: str | None = None,
    ) -> Promotion:
        """The promotion that now holds, if the last one still was `expected` (0: none yet).

        Raises LostRace, saying who did what meanwhile, if it was not: what was judged against an old champion says
        nothing of the new one. A writer that was killed before it heard of its success may write the same again
        and gets its own promotion back.
        """
        if kind not in get_args(Kind):
            raise ValueError(f"'{kind}' is not a kind of promotion")
        promotion = Promotion(
            expected + 1,
            cast(Kind, kind),
            champion,
            challenger,
            at=now_utc(),
            who=who or current_user(),
            why=why,
            run_id=run_id,
            evidence=dict(evidence or {}),
        )
        self._sequence.sweep()
        history = self.history()
        if len(history) == expected and self._sequence.create(promotion.number, _to_json(promotion)):
            return promotion
        return self._settle(expected, promotion)

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
        return (promotion.kind, promotion.champion, promotion.challenger, promotion.who, promotion.run_id)

    return bool(one.run_id) and act(one) == act(two)


def _to_json(promotion: Promotion) -> dict[str, Any]:
    return {
        "number": promotion.number,
        "kind": promotion.kind,
        "champion": promotion.champion,
        "challenger": promotion.challenger,
        "at": promotion.at,
        "who": promotion.who,
        "why": promotion.why,
        "run_id": promotion.run_id,
        "evidence": dict(promotion.evidence),
    }
