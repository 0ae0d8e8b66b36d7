"""The account of a run: who, when, why, on which data, its findings, and what it used."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from assay.core.expectations.definition.wording import example_line
from assay.core.text import quantity
from assay.errors import InputError
from assay.report.content.explanation import Account, AccountPart
from assay.stages.runtime.context import Context
from assay.store.ledger.footprint import Footprint, RunUse
from assay.store.ledger.run_details import CleaningDetails, ScoringDetails, TrainingDetails
from assay.store.ledger.run_record import RECORD_FORMAT, RunRecord
from assay.store.users import Actor


def run_document(ctx: Context, record: RunRecord) -> dict[str, Any]:
    """Return a run's record and its verdict as plain JSON types."""
    return {"record": RECORD_FORMAT.fields(record), "verdict": _verdict(ctx, record)}


def run_text(ctx: Context, record: RunRecord) -> Iterator[str]:
    """Yield the lines about a run, and its findings."""
    yield from _run_lines(record)
    yield from (f"    {line}" for line in _finding_lines(_verdict(ctx, record)))


def run_account(ctx: Context, record: RunRecord) -> Account:
    """Return the account of a run as a page."""
    first, *lines = (line.strip() for line in _run_lines(record))
    findings = tuple(_finding_lines(_verdict(ctx, record))) or ("None is kept.",)
    parts = AccountPart("run", notes=tuple(lines)), AccountPart("findings", notes=findings)
    return Account(ctx.pipeline.name, f"run {record.run_id}", first, parts)


def _run_lines(record: RunRecord) -> Iterator[str]:
    """Yield the lines about a run: who, when, why, on which data, and what it used."""
    yield f"{record.run_id}: {record.stage} of {record.subject}, {record.start} to {record.end} (left out)"
    yield f"  {record.at} by {record.actor}" + (f", because: {record.why}" if record.why else "")
    counts = ", ".join(f"{name} {value:,}" for name, value in record.counts.items())
    yield f"  status {record.status}" + (f"; {counts}" if counts else "")
    if record.verdict:
        yield f"  verdict {record.verdict.status}: {record.verdict.sentence}"
    training = record.details if isinstance(record.details, TrainingDetails) else None
    if isinstance(record.details, ScoringDetails):
        yield f"  scored by version {record.details.version}, whose bundle is {record.details.digest[:12]}"
    if isinstance(record.details, TrainingDetails | ScoringDetails):
        for name, read in record.details.read.items():
            yield f"  read {name} at version {read.version}, {read.start} to {read.end}"
    yield from _replay_lines(record)
    for line in (*_use_lines(record.use), *_footprint_lines(record.footprint)):
        yield f"  {line}"
    for note in training.notes if training else ():
        yield f"  note: {note}"


def _replay_lines(record: RunRecord) -> Iterator[str]:
    """Yield the lines about the repaired records that the run has read, and who replayed them."""
    days = record.details.replayed if isinstance(record.details, CleaningDetails) else {}
    for day, one in days.items():
        unfit = f", {quantity(one.unfit, 'repair')} without its record" if one.unfit else ""
        yield f"  {day}: {quantity(one.rows, 'repaired record')} replayed{unfit}"
        for origin in one.origins:
            yield f"    {origin.at} by {Actor(origin.who, origin.claimed)}, because: {origin.why}"


def _use_lines(use: RunUse | None) -> Iterator[str]:
    """Yield the line about the resources that the run used on the machine on which it was started."""
    if use is None:
        return
    beside = " (with other tables beside it)" if use.shared else ""
    parts = [f"took {use.duration_seconds:,.1f} s"]
    if use.cpu_seconds is not None:
        parts.append(f"{use.cpu_seconds:,.1f} s of CPU{beside}")
    if use.rows_per_second is not None:
        parts.append(f"{use.rows_per_second:,.0f} rows per second")
    if use.peak_memory is not None:
        parts.append(f"at most {use.peak_memory / 1e6:,.0f} MB of memory")
    yield ", ".join(parts)


def _footprint_lines(taken: Footprint | None) -> Iterator[str]:
    """Yield the lines about the resources that the run used on its cluster."""
    if taken is None:
        return
    use = taken.application
    if use is not None:
        yield f"application {use.application}" + (f" in the queue {use.queue}" if use.queue else "")
        yield (
            f"took {use.vcore_seconds:,} vcore-seconds, {use.megabyte_seconds:,} MB-seconds, {use.shuffled:,} bytes "
            f"shuffled, at most {use.peak_memory:,} bytes of heap in one executor"
        )
    results = f"{use.collected if use else 0:,} bytes of results to the driver"
    yield f"left the cluster: {results}; {taken.sent:,} bytes sent to HDFS and {taken.received:,} read over HTTP"


def _verdict(ctx: Context, record: RunRecord) -> dict[str, Any]:
    try:
        return ctx.runs.read_fields(record.run_id, "verdict")
    except InputError:
        return {}


def _finding_lines(verdict: dict[str, Any]) -> Iterator[str]:
    """Yield the findings as lines, each followed by the rows that break its check.

    A verdict for each day has only its findings that did not pass, with the day first. A single verdict has all.
    """
    of_days = {"": verdict} if "findings" in verdict else verdict
    for day, of_day in of_days.items():
        for finding in of_day.get("findings", []):
            if day and finding["status"] == "pass":
                continue
            yield f"{day + '  ' if day else ''}{finding['status']:<5} {finding['sentence']}"
            for example in finding["details"].get("examples", []):
                yield f"    {example_line(example)}"
