"""The scores that a refresh must not be shown worse than: those that were served, and those of the anchor."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from assay.core.evaluation.contender import Contender
from assay.core.interval import Interval
from assay.core.model_versions import ModelVersion
from assay.core.profiles.outcome_profile import OutcomeProfile
from assay.stages.models.model_versions import version_entry
from assay.stages.models.served_outcomes import served_outcomes
from assay.stages.runtime.context import Context
from assay.store.decisions.promotions import Promotion

SERVED = "what was served"


def refresh_rivals(ctx: Context, state: Promotion | None, folds: Interval, fold: int) -> list[Contender]:
    """Return what a refresh is judged beside: the newest `fold` days as they were served, and the anchor's days.

    Only days within `folds` are taken, whose labels were mature when they were measured, and that no version was
    trained or judged by. A pipeline that scores nothing has neither.
    """
    if state is None or state.champion is None:
        return []
    entry = version_entry(ctx, state.champion)
    anchor = entry.anchor or state.champion
    outcomes = {version: served_outcomes(ctx, version) for version in _champions(ctx)}
    by_version = {version: _within(days, folds) for version, days in outcomes.items()}
    served = {day: profile for days in by_version.values() for day, profile in days.items()}
    newest = dict(sorted(served.items())[-fold:])
    named = {SERVED: newest, f"the anchor (version {anchor})": by_version[anchor]}
    return [Contender(name, "served", 0, "", days) for name, days in named.items() if days]


def _champions(ctx: Context) -> list[ModelVersion]:
    served = [promotion.champion for promotion in ctx.promotions.history() if promotion.champion is not None]
    return list(dict.fromkeys(served))


def _within(days: Mapping[date, OutcomeProfile], folds: Interval) -> dict[date, OutcomeProfile]:
    return {day: outcomes for day, outcomes in days.items() if day in folds}
