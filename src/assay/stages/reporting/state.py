"""The state of a pipeline in one sentence and a colour, with the reasons for it and the commands to type."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from assay.core.check import Status
from assay.core.text import first_sentence, quantity
from assay.core.verdict import Action
from assay.report.content.headline import Headline, Urgency, UrgentReason, headline
from assay.stages.models.champion_limit import champion_over_limit
from assay.stages.monitoring.freshness import find_freshness
from assay.stages.planning.score_days import held_scores
from assay.stages.promotion.aliases import alias_lag
from assay.stages.promotion.override import active_override
from assay.stages.promotion.pause import paused
from assay.stages.promotion.proposal import waiting
from assay.stages.reporting.links import day_page
from assay.stages.runtime.context import Context
from assay.stages.runtime.monitorings import last_monitoring
from assay.stages.runtime.typed_commands import SCORES, release_command, typed
from assay.store.ledger.run_details import MonitoringDetails
from assay.store.ledger.run_record import PartitionStatus


def state_of(ctx: Context, today: date | None = None) -> Headline:
    """Return the headline of a pipeline as of `today`, a date of its time zone.

    A person has to act where a day is held, an override has expired, or a limit of freshness is missed, and where the
    monitor downgrades the champion. A pipeline of old dates is late only where its spec has such a limit.
    """
    today = today or datetime.now(ctx.pipeline.zone).date()
    reasons = [*_held(ctx), *_monitored(ctx), *_decisions(ctx), *_old(ctx, today), *_late(ctx, today)]
    return headline(reasons, _good(ctx))


def held_by_table(ctx: Context) -> dict[str, list[date]]:
    """Return the days that are held now, in order: of each table by its name, and of the scores."""
    held = {}
    for name in ctx.pipeline.spec.tables:
        latest = ctx.ledger.latest("clean", name)
        held[name] = sorted(day for day, (_, state) in latest.items() if state.state is PartitionStatus.HELD)
    return held | {SCORES: sorted(held_scores(ctx))}


def _held(ctx: Context) -> Iterator[UrgentReason]:
    for table, days in held_by_table(ctx).items():
        if not days:
            continue
        more = f" and {quantity(len(days) - 1, 'more day')}" if len(days) > 1 else ""
        yield UrgentReason(
            Urgency.ACT,
            f"{table}: {days[0]}{more} {'are' if more else 'is'} held.",
            release_command(ctx, table, days[0]),
            day_page(days[0]),
        )


def _monitored(ctx: Context) -> Iterator[UrgentReason]:
    record = last_monitoring(ctx)
    if record is None or record.verdict is None or record.verdict.action is Action.NONE:
        return
    state, version = ctx.promotions.current(), record.details_as(MonitoringDetails).version
    serves = state is not None and state.champion == version  # after a rollback there is nothing left to do
    urgency = Urgency.ACT if record.verdict.action is Action.DOWNGRADE and serves else Urgency.LOOK
    day = record.end - timedelta(days=1)
    yield UrgentReason(
        urgency,
        f"{day}: {first_sentence(record.sentence)}",
        typed(ctx, f"assay explain {record.run_id}"),
        day_page(day),
    )


def _decisions(ctx: Context) -> Iterator[UrgentReason]:
    name, held, override, lag = ctx.pipeline.name, paused(ctx), active_override(ctx), alias_lag(ctx)
    if held:
        yield UrgentReason(Urgency.LOOK, f"{held.sentence}.", typed(ctx, f"assay resume {name} --reason '...'"))
    for one in waiting(ctx):
        sentence = f"A proposal waits for an answer: {one.sentence}"
        yield UrgentReason(Urgency.LOOK, sentence, typed(ctx, one.promote))
    if override is not None and override.expired:
        sentence = f"The override of {override.who}, by which version {override.version} serves, expired."
        yield UrgentReason(Urgency.ACT, sentence, typed(ctx, f"assay rollback {name} --reason '...'"))
    if lag is not None:
        yield UrgentReason(Urgency.LOOK, f"{lag.sentence}.", typed(ctx, f"assay status {name}"))
    state = ctx.promotions.current()
    if (state is None or state.champion is None) and ctx.ledger.records("train"):
        yield UrgentReason(
            Urgency.LOOK, "No version is champion: nothing is scored.", typed(ctx, f"assay models {name}")
        )


def _old(ctx: Context, today: date) -> Iterator[UrgentReason]:
    age = champion_over_limit(ctx, today)
    if age is not None:
        train = typed(ctx, f"assay train {ctx.pipeline.name} --date {today}")
        yield UrgentReason(Urgency.LOOK, f"The champion is too old: {age.sentence}.", train)


def _late(ctx: Context, today: date) -> Iterator[UrgentReason]:
    for finding in find_freshness(ctx, today + timedelta(days=1)):
        if finding.status is not Status.PASS:
            yield UrgentReason(Urgency.ACT, finding.sentence, typed(ctx, f"assay plan {ctx.pipeline.name}"))


def _good(ctx: Context) -> str:
    scored = ctx.ledger.latest("score", ctx.pipeline.name, PartitionStatus.SCORED)
    if not scored:
        return "Nothing is held. No day is scored yet." if ctx.ledger.records() else "Nothing has run yet."
    record = last_monitoring(ctx)
    watched = "; it is not monitored yet" if record is None else f", monitored to {record.end - timedelta(days=1)}"
    return f"All is well: scored to {max(scored)}{watched}, nothing is held."
