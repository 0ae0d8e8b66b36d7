"""The events of the clock: files that did not land and trainings that were not run, once for each date."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from assay.core.check import Status
from assay.core.interval import Interval
from assay.core.monitoring.service.freshness import Freshness, FreshnessLimits, judge_freshness
from assay.core.notifications.missing import is_live, missing_training
from assay.core.notifications.notification import Notification, NotificationKind, event_key
from assay.core.notifications.sentences import training_sentence
from assay.stages.ingest.sources.day_source import source_of
from assay.stages.notifications.commands import links_of, with_environment
from assay.stages.planning.schedule import training_days
from assay.stages.planning.training_trigger import too_little_history
from assay.stages.planning.windows import first_clean_day
from assay.stages.runtime.context import Context
from assay.store.users import now_utc

TRAINING_HISTORY = timedelta(days=62)
"""The time before today in which due dates of trainings are looked for: a monthly schedule has one in it."""


def missing_events(ctx: Context, now: datetime) -> Iterator[Notification]:
    """Yield what is missing at `now`, an instant with a time zone; on the same local date always the same keys."""
    today = now.astimezone(ctx.pipeline.zone).date()
    yield from _missing_landings(ctx, today)
    yield from _missing_trainings(ctx, today)


def _missing_landings(ctx: Context, today: date) -> Iterator[Notification]:
    """Yield the tables whose newest landed files are older than `monitor.freshness.landings` allows."""
    spec, name = ctx.pipeline.spec, ctx.pipeline.name
    limit = spec.monitor.freshness.landings
    if limit is None:
        return
    newest = {table: source_of(ctx, table).newest(today) for table in spec.tables}
    late = {} if spec.label.from_ == spec.features.rows else {spec.label.from_: spec.label.label_delay}
    landed = Freshness({table: day for table, day in newest.items() if is_live(day, today)}, None, None, late)
    for finding in judge_freshness(landed, FreshnessLimits(landings=limit), today):
        table = str(finding.column)
        day = newest[table]
        if finding.status is Status.PASS or day is None:
            continue
        sentence = f"The newest landed files of {table} are those of {day}. Allowed is {finding.expected}."
        commands = with_environment(ctx, f"assay landing-status {name} --date {today - timedelta(days=1)}")
        dates = (day + timedelta(days=1), today - timedelta(days=1))
        yield _notification(ctx, NotificationKind.MISSING_LANDING, table, sentence, dates, commands, today)


def _missing_trainings(ctx: Context, today: date) -> Iterator[Notification]:
    """Yield the training that its cron line made due and that was not run, where there was enough history for it."""
    spec, name = ctx.pipeline.spec, ctx.pipeline.name
    cron = spec.schedule.get("train") if spec.operate.retrain in {"schedule", "both"} else None
    published = first_clean_day(ctx) if cron is not None else None
    if published is None or not is_live(max(ctx.ledger.latest("clean", spec.features.rows)), today):
        return
    trained = max(ctx.ledger.latest("train", name), default=None)
    since = max(published, today - TRAINING_HISTORY)
    due = training_days(cron, Interval(since, today)) if since < today else []
    missing = missing_training(due, trained, today)
    if missing is None or too_little_history(ctx, missing):
        return
    sentence = training_sentence(missing, trained)
    commands = with_environment(ctx, f"assay train {name} --date {missing}", f"assay gate {name} --date {missing}")
    yield _notification(ctx, NotificationKind.MISSING_TRAINING, name, sentence, (missing, missing), commands, today)


def _notification(
    ctx: Context,
    kind: NotificationKind,
    subject: str,
    sentence: str,
    dates: tuple[date, date],
    commands: tuple[str, ...],
    today: date,
) -> Notification:
    name = ctx.pipeline.name
    return Notification(
        key=event_key(name, kind, [subject, str(today)]),
        pipeline=name,
        kind=kind,
        subject=subject,
        sentence=sentence,
        first=dates[0],
        last=dates[1],
        at=now_utc(),
        commands=commands,
        links=links_of(ctx, kind, ""),
    )
