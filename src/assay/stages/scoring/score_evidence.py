"""The evidence on a version's scores: the days that it was judged by, and the newest that it has served since."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from assay.core.check import Check
from assay.core.decisions.score_day import DayOfScores, judge_days
from assay.core.model_versions import ModelVersion
from assay.core.profiles.histogram import Histogram
from assay.core.profiles.table_profile import TableProfile
from assay.core.verdict import Verdict
from assay.stages.runtime.context import Context
from assay.stages.scoring.batch import CHAMPION_SCORE, Batch
from assay.stages.training.track_record import promised_outcomes
from assay.store.ledger.run_record import PartitionStatus, RunRecord

NO_SCORES = Histogram(0)
SERVED_DAYS = 28
"""The number of served days that are evidence beside the holdout; the newest, so that the range follows the season."""


def judge_scores(
    ctx: Context, batch: Batch, profiles: Mapping[date, TableProfile], possible: Check
) -> dict[date, Verdict]:
    """Return the verdict on the champion's scores of each day; `possible` is the check that was measured with them."""
    spec = ctx.pipeline.spec
    days = {day: _scores_of(profiles.get(day), possible) for day in batch.days}
    evidence = score_evidence(ctx, batch.champion, without=batch.days)
    return judge_days(days, evidence, task=spec.label.task, hold=spec.score.hold, newest=SERVED_DAYS)


def score_evidence(ctx: Context, version: ModelVersion, *, without: Sequence[date] = ()) -> list[DayOfScores]:
    """Return the days of the version's holdout, and the newest SERVED_DAYS that it has served, but those of `without`.

    The rows of a day of the holdout are those that were published of it, since a row without a label is scored too.
    """
    published = ctx.ledger.latest("clean", ctx.pipeline.spec.features.rows)
    promised = [
        DayOfScores(published[day][1].counts.get("out", 0) if day in published else 0, outcomes.overall.scores)
        for day, outcomes in promised_outcomes(ctx, version).items()
        if day not in without
    ]
    return promised + [
        DayOfScores(profile.rows, histogram)
        for profile in _served(ctx, version, without)
        if (histogram := profile.columns[CHAMPION_SCORE].histogram) is not None
    ]


def _served(ctx: Context, version: ModelVersion, without: Sequence[date]) -> list[TableProfile]:
    latest = ctx.ledger.latest("score", ctx.pipeline.name, PartitionStatus.SCORED)
    served = [
        (day, record) for day, (record, state) in latest.items() if state.version == version and day not in without
    ]
    by_run: dict[str, tuple[RunRecord, list[date]]] = {}
    for day, record in served[-SERVED_DAYS:]:
        by_run.setdefault(record.run_id, (record, []))[1].append(day)
    return [
        profile
        for record, days in by_run.values()
        for profile in ctx.profiles.read("features", ctx.pipeline.name, record.measured_by, days).values()
    ]


def _scores_of(profile: TableProfile | None, possible: Check) -> DayOfScores:
    """Return the scores of a day; a day without rows has no Profile."""
    if profile is None:
        return DayOfScores(0, NO_SCORES)
    histogram = profile.columns[CHAMPION_SCORE].histogram
    return DayOfScores(profile.rows, histogram or NO_SCORES, _impossible(profile, possible))


def _impossible(profile: TableProfile, possible: Check) -> int:
    return profile.counters[possible.id].failed
