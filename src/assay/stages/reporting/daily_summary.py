"""The daily summary: a scored day for the people who use its scores, from the ledger and the Profiles alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

import assay
from assay.core.evaluation.metrics import METRICS
from assay.core.interval import days_in_words
from assay.core.model_versions import ModelVersion
from assay.core.monitoring.service.day_comparison import WEEK, ScoredDay, compare_days
from assay.core.monitoring.service.score_distribution import distribution_of
from assay.core.run_status import RunStatus
from assay.core.text import quantity
from assay.core.verdict import Action
from assay.errors import InputError
from assay.report.content.daily_summary import BusinessSum, DailySummary, HeldTable
from assay.report.content.headline import Urgency, UrgentReason, headline
from assay.stages.monitoring.served_history import newest_service
from assay.stages.reporting.state import held_by_table
from assay.stages.runtime.context import Context
from assay.stages.runtime.monitorings import last_monitoring
from assay.stages.runtime.typed_commands import SCORES
from assay.stages.scoring.batch import CHAMPION_SCORE
from assay.store.ledger.run_documents import DAILY_SUMS, DAILY_VERDICTS
from assay.store.ledger.run_record import PartitionState, PartitionStatus, RunRecord
from assay.store.users import now_utc

RECENT = 28
"""The number of the newest days with labels by which the quality is given."""


def daily_summary(ctx: Context, day: date | None = None) -> DailySummary:
    """Return the summary of a day, by default of the newest day whose scores are published.

    Raises:
        InputError: The day has no scores, or no day has.
        InfrastructureError: The Profile of the day is missing or corrupt.
    """
    record, state, day = _scoring_of(ctx, day)
    published = state.state is PartitionStatus.SCORED
    scored = _scored_day(ctx, day, record, state)
    sums = ctx.pipeline.spec.summary.sums
    compared = compare_days(scored, _before(ctx, day) if published else None, tuple(sums) if published else ())
    monitoring = last_monitoring(ctx, day + timedelta(days=1))
    reasons = [*_held_reasons(ctx, day, record, published=published), *_monitored(monitoring)]
    return DailySummary(
        ctx.pipeline.name,
        ctx.pipeline.spec.question,
        ctx.pipeline.spec.owner,
        day,
        published,
        record.at,
        record.run_id,
        headline(reasons, compared.sentence),
        compared,
        tuple(BusinessSum(name, sql) for name, sql in sums.items()) if published else (),
        tuple(HeldTable(name, tuple(days)) for name, days in held_by_table(ctx).items() if days),
        _quality(ctx, day, state.version, monitoring),
        _note(record),
        assay.__version__,
        now_utc(),
    )


def _scoring_of(ctx: Context, day: date | None) -> tuple[RunRecord, PartitionState, date]:
    """Return the run and the state of a day: of its published scores, or of its held ones where none are."""
    name = ctx.pipeline.name
    scored = ctx.ledger.latest("score", name, PartitionStatus.SCORED)
    if day is None:
        if not scored:
            hint = f"'assay status {name}' shows what is missing"
            raise InputError(f"no day of {name} has published scores", code="nothing-scored", hint=hint)
        day = max(scored)
    one = scored.get(day) or ctx.ledger.latest("score", name, PartitionStatus.HELD).get(day)
    if one is None:
        hint = f"the newest scored day is {max(scored)}" if scored else f"'assay status {name}' shows what is missing"
        raise InputError(f"{day} has no scores of {name}", code="not-scored", hint=hint)
    return *one, day


def _before(ctx: Context, day: date) -> ScoredDay | None:
    """Return the same weekday a week before, None where its scores are not published."""
    then = day - WEEK
    one = ctx.ledger.latest("score", ctx.pipeline.name, PartitionStatus.SCORED).get(then)
    return None if one is None else _scored_day(ctx, then, *one)


def _scored_day(ctx: Context, day: date, record: RunRecord, state: PartitionState) -> ScoredDay:
    """Return the figures of a scored day; of a held one, and of one without rows, the number of rows alone."""
    rows = state.counts.get("rows", 0)
    bare = ScoredDay(day, rows, state.version, None)
    if state.state is not PartitionStatus.SCORED or not rows:
        return bare
    profile = ctx.profiles.read_days("features", ctx.pipeline.name, {day: record.measured_by})[day]
    scores = profile.columns.get(CHAMPION_SCORE)
    sums = ctx.runs.find(record.measured_by, DAILY_SUMS) or {}
    return replace(bare, scores=None if scores is None else distribution_of(scores), sums=sums.get(day, {}))


def _held_reasons(ctx: Context, day: date, record: RunRecord, *, published: bool) -> Iterator[UrgentReason]:
    """Yield the reasons to look at the summary: the scores of the day are held, or scores of other days are."""
    held = held_by_table(ctx)[SCORES]
    others = [one for one in held if one != day]
    if not published:
        verdicts = ctx.runs.find(record.measured_by, DAILY_VERDICTS) or {}
        why = f": {verdicts[day].sentence}" if day in verdicts else "."
        yield UrgentReason(Urgency.ACT, f"The scores of {day} are held and not published{why}")
    elif day in held:
        yield UrgentReason(
            Urgency.LOOK, f"Newer scores of {day} are held: these are the ones that were published before."
        )
    if others:
        yield UrgentReason(Urgency.LOOK, f"The scores of {days_in_words(others)} are held and not published.")


def _monitored(monitoring: RunRecord | None) -> Iterator[UrgentReason]:
    if monitoring is not None and monitoring.verdict is not None and monitoring.verdict.action is not Action.NONE:
        urgency = Urgency.ACT if monitoring.verdict.action is Action.DOWNGRADE else Urgency.LOOK
        day = monitoring.end - timedelta(days=1)
        yield UrgentReason(urgency, f"The monitoring of {day} requests {monitoring.status}: {monitoring.sentence}")


def _quality(ctx: Context, day: date, version: ModelVersion | None, monitoring: RunRecord | None) -> str:
    """Return one sentence: the gate's metric on the newest labelled days, and the request of the monitoring."""
    checked = "it is not monitored yet"
    if monitoring is not None:
        wanted = "nothing" if monitoring.status == Action.NONE else str(monitoring.status)
        checked = f"the monitoring of {monitoring.end - timedelta(days=1)} requests {wanted}"
    period = None if version is None else newest_service(ctx, version, day, RECENT)
    if period is None:
        return f"No label of a day of version {version or '(unknown)'} is known yet; {checked}."
    title, days = METRICS[ctx.pipeline.spec.gate.metric].title, len(period.days)
    first, last = period.days[0], period.days[-1]
    value = (
        f"cannot be computed from {quantity(period.rows, 'row')}" if period.value is None else f"is {period.value:.4g}"
    )
    few = " (few rows)" if period.few and period.value is not None else ""
    span = f"{first}" if days == 1 else f"{first} to {last}"
    return f"{title} of version {version} {value}{few} on {quantity(days, 'day')} with labels ({span}); {checked}."


def _note(record: RunRecord) -> str:
    """Return who released the scores of the day and why, empty where no person did."""
    if record.status != RunStatus.RELEASED:
        return ""
    return f"The scores were held. {record.actor} released them at {record.at}, because: {record.why}"
