"""The pages of the days: what happened to each table, to the scores and to the labels of a date of the data."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from assay.core.check import Finding, Status
from assay.core.interval import Interval
from assay.core.monitoring.timeline import Event
from assay.core.text import first_sentence
from assay.core.verdict import Action
from assay.report.content.headline import Headline, Urgency, UrgentReason, headline
from assay.report.content.series import StageCost
from assay.stages.monitoring.served_history import Service
from assay.stages.reporting.ledger_tables import FailedCheck, day_findings, failed_checks, run_findings
from assay.stages.reviews.timeline import timeline
from assay.stages.runtime.context import Context
from assay.stages.runtime.typed_commands import SCORES, release_command, typed
from assay.store.ledger.run_details import MonitoringDetails
from assay.store.ledger.run_record import PartitionState, PartitionStatus, RunRecord

GOOD = frozenset({PartitionStatus.PUBLISHED, PartitionStatus.SCORED})


@dataclass(frozen=True, slots=True)
class DayPartition:
    """A table's partition, or that of the scores, after one run: its rows, who made it, and what its checks show."""

    name: str
    state: str
    run_id: str
    at: str
    who: str
    why: str
    counts: Mapping[str, int]
    version: int | None
    checks: int
    failed: tuple[FailedCheck, ...]
    is_newest: bool


@dataclass(frozen=True, slots=True)
class DayMonitoring:
    """A monitoring whose interval ends on the day, with what it shows."""

    run_id: str
    version: int
    action: str
    sentence: str
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class DayPage:
    """All that is known of a day."""

    day: date
    headline: Headline
    partitions: tuple[DayPartition, ...]
    monitorings: tuple[DayMonitoring, ...]
    labelled: int
    metric: float | None
    events: tuple[Event, ...]
    costs: tuple[StageCost, ...]
    before: date | None
    after: date | None


class DayPages:
    """The pages of the days of a pipeline, made one at a time from an index that is made once."""

    def __init__(self, ctx: Context, service: Service, days: list[date], costs: tuple[StageCost, ...]) -> None:
        self._ctx, self._service, self.days, self._costs = ctx, service, days, costs
        self._place = {day: number for number, day in enumerate(days)}
        self._touched: dict[date, list[RunRecord]] = {day: [] for day in days}
        for record in ctx.ledger.records():
            for day in _days_of(record):
                if day in self._touched:
                    self._touched[day].append(record)
        whole = Interval(days[0], days[-1] + timedelta(days=1)) if days else None
        self._events: dict[date, list[Event]] = {}
        for event in timeline(ctx, whole) if whole else ():
            self._events.setdefault(event.day, []).append(event)

    def source(self, day: date) -> str:
        """Return what the page of a day follows from: its runs, its events and its neighbours."""
        runs = [record.run_id for record in self._touched[day]]
        events = [event.sentence for event in self._events.get(day, ())]
        return json.dumps([runs, events, *map(str, self._neighbours(day))])

    def _neighbours(self, day: date) -> tuple[date | None, date | None]:
        place = self._place[day]
        return self.days[place - 1] if place else None, self.days[place + 1] if place + 1 < len(self.days) else None

    def page(self, day: date) -> DayPage:
        """Return the page of a day, one of `days`."""
        records = self._touched[day]
        partitions = tuple(self._partitions(day, records))
        monitorings = tuple(
            DayMonitoring(
                record.run_id, details.version, record.status, record.sentence, run_findings(self._ctx, record)
            )
            for record in records
            if isinstance(details := record.details, MonitoringDetails) and record.end - timedelta(days=1) == day
        )
        labelled, metric = self._outcome(day)
        runs = {record.run_id for record in records}
        return DayPage(
            day,
            headline(
                list(self._reasons(day, partitions, monitorings)),
                f"Nothing of {day} is held, and no monitoring of it requires anything.",
            ),
            partitions,
            monitorings,
            labelled,
            metric,
            tuple(self._events.get(day, ())),
            tuple(cost for cost in self._costs if cost.run_id in runs),
            *self._neighbours(day),
        )

    def _partitions(self, day: date, records: list[RunRecord]) -> Iterator[DayPartition]:
        """Yield the partitions of the day by each run that made one, those of one table together."""
        made: dict[str, list[tuple[RunRecord, PartitionState]]] = {name: [] for name in self._ctx.pipeline.spec.tables}
        for record in records:
            if record.stage in ("clean", "score") and str(day) in record.partitions:
                name = record.subject if record.stage == "clean" else SCORES
                made.setdefault(name, []).append((record, record.partitions[str(day)]))
        for name, runs in made.items():
            for number, (record, state) in enumerate(reversed(runs)):
                yield self._partition(name, day, record, state, is_newest=number == 0)

    def _partition(
        self, name: str, day: date, record: RunRecord, state: PartitionState, *, is_newest: bool
    ) -> DayPartition:
        findings = day_findings(self._ctx, record, day) if is_newest else ()
        bad = state.state not in GOOD or any(finding.status is Status.FAIL for finding in findings)
        failed = failed_checks(findings) if bad else ()
        return DayPartition(
            name, state.state, record.run_id, record.at, str(record.actor), record.why or record.sentence,
            state.counts, state.version, len(findings), failed, is_newest,
        )  # fmt: skip

    def _outcome(self, day: date) -> tuple[int, float | None]:
        version = self._service.served.get(day)
        outcome = None if version is None else self._service.outcomes.get(version, {}).get(day)
        if outcome is None:
            return 0, None
        return outcome.overall.rows, self._service.metric.over([outcome.overall])

    def _reasons(
        self, day: date, partitions: tuple[DayPartition, ...], monitorings: tuple[DayMonitoring, ...]
    ) -> Iterator[UrgentReason]:
        for one in partitions:
            if one.is_newest and one.state == PartitionStatus.HELD:
                release = release_command(self._ctx, one.name, day)
                yield UrgentReason(Urgency.ACT, f"{one.name}: {day} is held.", release)
        for judged in monitorings[-1:]:
            if judged.action != Action.NONE:
                explain = typed(self._ctx, f"assay explain {judged.run_id}")
                yield UrgentReason(Urgency.LOOK, first_sentence(judged.sentence), explain)


def _days_of(record: RunRecord) -> set[date]:
    """Return the days that a record is about: its partitions, and the last day of what a monitoring judged."""
    days = {date.fromisoformat(text) for text in record.partitions}
    if record.stage == "monitor":
        days.add(record.end - timedelta(days=1))
    return days
