"""The scores that a refresh must not be shown worse than: those that were served, and those of the anchor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from assay.core.evaluation.contender import Contender
from assay.core.interval import Interval
from assay.core.profiles.outcome_profile import OutcomeProfile
from assay.stages.models.served_outcomes import counted_runs, served_subject
from assay.stages.promotion.promote import champions_of
from assay.stages.runtime.context import Context
from assay.stages.training.frozen_folds import anchor_of, frozen_recipe, frozen_references
from assay.stages.training.track_record import read_folds
from assay.store.decisions.gate_inputs import RefreshRival, StoredOutcomes
from assay.store.decisions.promotions import Promotion

SERVED = "what was served"


def refresh_rivals(ctx: Context, state: Promotion | None, blocks: Sequence[Interval]) -> tuple[RefreshRival, ...]:
    """Return what a refresh is judged beside: the newest days that were served, a fold of them, and the anchor.

    Only days of the newest folds, `blocks`, are taken, whose labels were mature when they were measured, and that the
    version was neither trained nor judged by. The anchor has the days that it served, and those of the folds that a
    training scored with it.
    """
    if state is None or state.champion is None:
        return ()
    folds, fold = Interval(blocks[0].start, blocks[-1].end), len(blocks[0])
    by_version = {
        version: _within(counted_runs(ctx, version), folds) for version in champions_of(ctx.promotions.history())
    }
    served = {day: run for days in by_version.values() for day, run in days.items()}
    newest = dict(sorted(served.items())[-fold:])
    rivals = [RefreshRival(SERVED, _stored(ctx, newest))]
    anchor = anchor_of(ctx, state.champion)
    if anchor is not None:
        frozen, own = frozen_references(ctx, anchor, blocks), by_version.get(anchor, {})
        name = f"the anchor (version {anchor})"
        rivals.append(RefreshRival(name, _stored(ctx, own), frozen_recipe(ctx, anchor), frozen))
    return tuple(rival for rival in rivals if rival.outcomes or rival.folds)


def rival_contenders(ctx: Context, rivals: Sequence[RefreshRival]) -> list[Contender]:
    """Return the rivals as the gate sees them, with the outcomes of their days."""
    return [Contender(rival.name, "served", 0, "", _outcomes(ctx, rival)) for rival in rivals]


def _outcomes(ctx: Context, rival: RefreshRival) -> dict[date, OutcomeProfile]:
    days = read_folds(ctx, rival.recipe, rival.folds) if rival.folds else {}
    for stored in rival.outcomes:
        days.update(ctx.profiles.read("outcomes", stored.subject, stored.run_id, stored.days))
    return dict(sorted(days.items()))


def _stored(ctx: Context, days: Mapping[date, str]) -> tuple[StoredOutcomes, ...]:
    by_run: dict[str, list[date]] = {}
    for day, run in sorted(days.items()):
        by_run.setdefault(run, []).append(day)
    return tuple(StoredOutcomes(served_subject(ctx), run, tuple(of_run)) for run, of_run in by_run.items())


def _within(days: Mapping[date, str], folds: Interval) -> dict[date, str]:
    return {day: run for day, run in days.items() if day in folds}
