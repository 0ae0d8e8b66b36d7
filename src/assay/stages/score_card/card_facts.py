"""The facts that several tests of a score card need, read once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from assay.core.model_versions import ModelVersion, VersionEntry
from assay.stages.models.model_versions import version_entry
from assay.stages.runtime.context import Context
from assay.stages.score_card.project_tests import ProjectTests, read_project_tests
from assay.store.decisions.promotions import Promotion
from assay.store.ledger.run_details import TrainingDetails
from assay.store.ledger.run_record import RunRecord


@dataclass(frozen=True, slots=True)
class Champion:
    """The version that serves, with its entry and the promotion by which it serves."""

    version: ModelVersion
    entry: VersionEntry
    promotion: Promotion


@dataclass(frozen=True, slots=True)
class CardFacts:
    """A pipeline as of a date of the clock: its newest training, its champion, and the tests of its project."""

    ctx: Context
    today: date
    training: RunRecord | None
    champion: Champion | None
    tests: ProjectTests

    @property
    def trained(self) -> TrainingDetails | None:
        """The details of the newest training."""
        return None if self.training is None else self.training.details_as(TrainingDetails)


def facts_of(ctx: Context, today: date) -> CardFacts:
    """Return the facts of a pipeline.

    Raises:
        InputError: The champion predicts something else than the pipeline needs today.
        InfrastructureError: A document of the ledger or of the promotions is corrupt.
    """
    trainings = ctx.ledger.records("train", ctx.pipeline.name)
    state = ctx.promotions.current()
    champion = None
    if state is not None and state.champion is not None:
        champion = Champion(state.champion, version_entry(ctx, state.champion), state)
    tests = read_project_tests(ctx.pipeline.project.root)
    return CardFacts(ctx, today, trainings[-1] if trainings else None, champion, tests)
