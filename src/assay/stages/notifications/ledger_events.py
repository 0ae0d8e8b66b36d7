"""The events in the records of the ledger: held days, alarms, proposals, promotions and rollbacks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from assay.core.check import Finding
from assay.core.notifications.notification import Notification, NotificationKind, event_key
from assay.core.notifications.sentences import (
    alarm_sentence,
    check_names,
    failed_checks,
    held_sentence,
    proposal_sentence,
    reason_clause,
)
from assay.core.verdict import Action
from assay.errors import InfrastructureError
from assay.stages.notifications.commands import (
    commands_for_alarm,
    commands_for_held,
    commands_for_promotion,
    commands_for_proposal,
    links_of,
)
from assay.stages.runtime.context import Context
from assay.store.decisions.promotions import Promotion, PromotionKind
from assay.store.filesystem.document_format import Content
from assay.store.ledger.run_details import GateDetails, HandoverDetails, MonitoringDetails, OverrideDetails
from assay.store.ledger.run_documents import DAILY_VERDICTS, VERDICT, RunDocument
from assay.store.ledger.run_record import PartitionStatus, RunRecord

ALARMS = frozenset({Action.LOOK, Action.RETRAIN, Action.DOWNGRADE})
ONE_DAY = timedelta(days=1)


def ledger_events(ctx: Context, records: Sequence[RunRecord]) -> Iterator[Notification]:
    """Yield the events of these records, in their order; the same records always give the same keys."""
    history = ctx.promotions.history() if records else []
    for record in records:
        if record.stage in ("clean", "score"):
            yield from _held(ctx, record)
        elif record.stage == "monitor" and record.status in ALARMS:
            yield _alarm(ctx, record)
        elif isinstance(record.details, GateDetails) and record.details.against is not None:
            yield _proposal(ctx, record, record.details)
        for number, promotion in enumerate(history):
            if promotion.run_id == record.run_id:
                yield _promotion(ctx, record, promotion, history[number - 1] if number else None)


def _held(ctx: Context, record: RunRecord) -> Iterator[Notification]:
    held = [date.fromisoformat(day) for day, state in record.partitions.items() if state.state is PartitionStatus.HELD]
    if not held:
        return
    held.sort()
    findings = failed_checks(_daily_findings(ctx, record, held))
    what = "the scores" if record.stage == "score" else record.subject
    parts = [record.stage, record.subject, *map(str, held), *check_names(findings)]
    sentence, commands = held_sentence(what, held, findings), commands_for_held(ctx, record, held[0])
    yield _notification(ctx, record, NotificationKind.HELD, parts, sentence, commands, (held[0], held[-1]))


def _daily_findings(ctx: Context, record: RunRecord, days: Sequence[date]) -> list[Finding]:
    """Return the findings about these days; none where the verdict is no longer kept."""
    verdicts = _kept(ctx, record, DAILY_VERDICTS) or {}
    return [finding for day in days if day in verdicts for finding in verdicts[day].findings]


def _kept(ctx: Context, record: RunRecord, kind: RunDocument[Content]) -> Content | None:
    """Return the verdict of a run, None where it is gone or corrupt.

    Raises:
        InfrastructureError: The storage does not answer now. The next collection may get the verdict.
    """
    try:
        return ctx.runs.find(record.run_id, kind)
    except InfrastructureError as error:
        if error.code != "corrupt-file":
            raise
        return None


def _alarm(ctx: Context, record: RunRecord) -> Notification:
    details, verdict = record.details_as(MonitoringDetails), _kept(ctx, record, VERDICT)
    findings = failed_checks(verdict.findings if verdict is not None else ())
    last = record.end - ONE_DAY
    parts = [record.status, str(details.version), str(record.start), str(last), *check_names(findings)]
    sentence = alarm_sentence(record.status, details.version, findings)
    return _notification(ctx, record, NotificationKind.ALARM, parts, sentence, commands_for_alarm(ctx, record, last))


def _proposal(ctx: Context, record: RunRecord, details: GateDetails) -> Notification:
    sentence = proposal_sentence(details.forward or "a contender", str(details.claim), details.champion)
    commands = commands_for_proposal(ctx, record)
    return _notification(ctx, record, NotificationKind.PROPOSAL, [record.run_id], sentence, commands)


def _promotion(ctx: Context, record: RunRecord, promotion: Promotion, before: Promotion | None) -> Notification:
    kind = NotificationKind.ROLLBACK if promotion.kind is PromotionKind.ROLLBACK else NotificationKind.PROMOTION
    earlier = before.champion if before is not None else None
    place = "" if earlier is None else f" in place of version {earlier}"
    act = "rolled back to" if kind is NotificationKind.ROLLBACK else "promoted"
    sentence = f"{promotion.actor} {act} version {promotion.champion}{place} (promotion {promotion.number})."
    commands = commands_for_promotion(ctx, kind, earlier)
    sentence += _cause(record, promotion)
    return _notification(ctx, record, kind, [str(promotion.number)], sentence, commands)


def _cause(record: RunRecord, promotion: Promotion) -> str:
    """Return the run that a change followed, or the reason of the person; a verdict's words may quote a value."""
    details = record.details
    if isinstance(details, HandoverDetails) and details.requested_by is not None:
        return f" It follows the monitoring {details.requested_by}."
    if isinstance(details, HandoverDetails | OverrideDetails):
        return reason_clause(promotion.why)
    return f" Contender '{details.forward}' ({details.claim})." if isinstance(details, GateDetails) else ""


def _notification(
    ctx: Context,
    record: RunRecord,
    kind: NotificationKind,
    parts: Sequence[str],
    sentence: str,
    commands: tuple[str, ...],
    dates: tuple[date, date] | None = None,
) -> Notification:
    name = ctx.pipeline.name
    first, last = dates or (record.start, record.end - ONE_DAY)
    return Notification(
        key=event_key(name, kind, parts),
        pipeline=name,
        kind=kind,
        subject=record.subject,
        sentence=sentence,
        first=first,
        last=last,
        at=record.at,
        run_id=record.run_id,
        commands=commands,
        links=links_of(ctx, kind, record.run_id),
    )
