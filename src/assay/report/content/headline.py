"""The sentence and the colour with which a page opens."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Urgency(StrEnum):
    """The urgency of a state; the value is the CSS class of its colour."""

    GOOD = "good"
    LOOK = "look"
    ACT = "act"

    @property
    def words(self) -> str:
        """The words beside the colour, which not every reader can see."""
        return {"good": "all right", "look": "look at it", "act": "act now"}[self.value]

    @property
    def rank(self) -> int:
        """The place in an order with the most urgent first."""
        return [Urgency.ACT, Urgency.LOOK, Urgency.GOOD].index(self)


@dataclass(frozen=True, slots=True)
class UrgentReason:
    """A reason to look or to act: one sentence, the command to type, and the page that shows more."""

    urgency: Urgency
    sentence: str
    command: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True)
class Headline:
    """The urgency of a state and the sentence about it, with all reasons for it, the most urgent first.

    The sentence is that of the first reason.
    """

    urgency: Urgency
    sentence: str
    reasons: tuple[UrgentReason, ...] = ()


def headline(reasons: list[UrgentReason], good: str) -> Headline:
    """Return the headline of these reasons; without one the sentence is `good`.

    >>> headline([UrgentReason(Urgency.LOOK, "It drifts.")], "All is well.").urgency.words
    'look at it'
    """
    if not reasons:
        return Headline(Urgency.GOOD, good)
    ranked = sorted(reasons, key=lambda reason: reason.urgency.rank)
    return Headline(ranked[0].urgency, ranked[0].sentence, tuple(ranked))
