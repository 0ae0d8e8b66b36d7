"""The standing challenger: a gate that cannot decide leaves it its place: frequent trainings would starve it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from assay.core.check import Finding, Status


@dataclass(frozen=True, slots=True)
class Standing:
    """A challenger that is judged by the days that it is scored in the shadow: its name, its recipe, and since when.

    `recipe` is empty where it is not known: then it equals no other.
    """

    name: str
    recipe: str
    since: date

    def ended_by(self, recipe: str) -> bool:
        """Whether the promotion of a model of `recipe` ends the challenge.

        It does for the challenger's own recipe, since what was to be measured serves then, fitted on newer data. The
        promotion of another recipe leaves the question open whether the challenger's is better still.

        >>> standing = Standing("version 3", "boosted", date(2013, 3, 1))
        >>> standing.ended_by("boosted"), standing.ended_by("linear")
        (True, False)
        """
        return bool(self.recipe) and recipe == self.recipe

    def finding(self, waits: str) -> Finding:
        """That the undecided contender `waits` does not become the challenger.

        It is so for a contender of the challenger's own recipe too: with a training a day, each newer fit would take
        the place of the one before, and none would see the days of its first look.
        """
        sentence = f"{waits} waits: {self.name} challenges since {self.since}, and keeps its place until it is decided."
        return Finding("gate.standing", Status.PASS, sentence, details={"since": str(self.since)})
