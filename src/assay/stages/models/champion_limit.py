"""The age of the champion beside the limit of the spec."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from assay.core.model_versions import ModelVersion
from assay.core.text import quantity
from assay.stages.models.model_versions import training_of
from assay.stages.runtime.context import Context
from assay.store.ledger.run_details import TrainingDetails
from assay.store.ledger.run_record import PartitionStatus


@dataclass(frozen=True, slots=True)
class ChampionAge:
    """The days from the end of the champion's training window to the newest day that it scored, and the limit.

    Before it scores, the age is that of `today`. The limit is None where the spec has none.
    """

    version: ModelVersion
    days: int
    limit: int | None

    @property
    def over(self) -> bool:
        """True where the age is above the limit."""
        return self.limit is not None and self.days > self.limit

    @property
    def sentence(self) -> str:
        """The age in words.

        >>> ChampionAge(ModelVersion(3), 91, 90).sentence
        'version 3 is 91 days old, and gate.max_champion_age is 90 days'
        """
        limit = "" if self.limit is None else f", and gate.max_champion_age is {quantity(self.limit, 'day')}"
        return f"version {self.version} is {quantity(self.days, 'day')} old{limit}"


def champion_age(ctx: Context, today: date) -> ChampionAge | None:
    """Return the age of the champion, None without one.

    Raises:
        InputError: The ledger does not have the run that trained it.
    """
    state = ctx.promotions.current()
    if state is None or state.champion is None:
        return None
    trained_until = training_of(ctx, state.champion).details_as(TrainingDetails).window.end
    latest = ctx.ledger.latest("score", ctx.pipeline.name, PartitionStatus.SCORED)
    scored = [day for day, (_, entry) in latest.items() if entry.version == state.champion]
    age = max(0, (max(scored, default=today) - trained_until).days)
    return ChampionAge(state.champion, age, ctx.pipeline.spec.gate.max_champion_age)


def champion_over_limit(ctx: Context, today: date) -> ChampionAge | None:
    """Return the age of a champion that is above the spec's limit, None of any other; nothing is read without a limit.

    Raises:
        InputError: As `champion_age` does.
    """
    if ctx.pipeline.spec.gate.max_champion_age is None:
        return None
    age = champion_age(ctx, today)
    return age if age is not None and age.over else None
