"""The current challenger keeps its place while a gate cannot decide: frequent trainings would always replace it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from assay.core.check import Finding, Status


@dataclass(frozen=True, slots=True)
class Standing:
    """The current challenger, judged by the days on which it is scored in the shadow: name, recipe and first day.

    An unknown recipe is empty, and equals no other recipe.
    """

    name: str
    recipe: str
    since: date

    def ended_by(self, recipe: str) -> bool:
        """Return whether the promotion of a model of `recipe` ends the challenge.

        The challenger's own recipe ends it: the recipe that was measured then serves, fitted on newer data. After the
        promotion of another recipe, the challenger may still be better, so the challenge goes on.

        >>> standing = Standing("version 3", "boosted", date(2013, 3, 1))
        >>> standing.ended_by("boosted"), standing.ended_by("linear")
        (True, False)
        """
        return bool(self.recipe) and recipe == self.recipe

    def finding(self, waits: str) -> Finding:
        """Return the finding that the undecided contender `waits` does not become the challenger.

        This holds for a contender of the challenger's own recipe too. With a training every day, each newer fit would
        replace the fit before it, and none would reach the days of its first look.
        """
        sentence = f"{waits} waits: {self.name} challenges since {self.since}, and keeps its place until it is decided."
        return Finding("gate.standing", Status.PASS, sentence, details={"since": str(self.since)})
