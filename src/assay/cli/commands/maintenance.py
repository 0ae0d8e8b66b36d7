"""`maintain` works on the files of a lake by a plan, and `notify` on the messages that wait. Neither starts a JVM."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import click

from assay.cli.options import (
    CommandOptions,
    given_by,
    json_option,
    open_context,
    pipeline_names,
    pipeline_options,
    reason_option,
    show,
)
from assay.core.notifications.message import one_line, subject_line
from assay.core.notifications.retries import MAX_ATTEMPTS
from assay.core.text import quantity
from assay.errors import AssayError, InfrastructureError, InputError
from assay.spec.project import open_project
from assay.stages.notifications.collect import collect, collect_missing
from assay.stages.notifications.deliver import DeliveryAttempt, DeliveryState, deliver, try_channels
from assay.stages.operations.maintain import maintain

STEP_SECONDS = 20.0
"""Seconds that each step of a connection may take, where a person or a scheduler waits for the delivery."""

wait_option = click.option(
    "--wait", default=0.0, metavar="SECONDS", help="Wait that long for a running job; then leave its tables out."
)


@click.command("maintain")
@given_by(pipeline_options, wait_option, json_option, reason_option)
@click.option("--dry-run", is_flag=True, help="Show the plan, and write nothing.")
def maintain_command(options: CommandOptions, dry_run: bool) -> int:
    """Compact small files, remove files that no kept version needs, compact old records; safe beside running jobs."""
    outcome = maintain(options.context(), dry_run=dry_run)
    code = show([outcome], as_json=options.as_json)
    if not options.as_json:
        for line in _lines(outcome.numbers):
            click.echo(f"  {line}")
    return code


@click.command("notify")
@given_by(pipeline_options, json_option)
@click.option("--test", "trial", is_flag=True, help="Send a trial message to each channel, and nothing else.")
@click.option("--again", is_flag=True, help="Send the messages that were given up too.")
def notify_command(options: CommandOptions, trial: bool, again: bool) -> int:
    """Send the notifications that wait, of all pipelines or of one; exit 4 when one could not be sent.

    It also looks for files and trainings that are missing by now, so a scheduler may call it daily. A pipeline that is
    broken, or whose landing is, holds up no message: its error is printed too, and the highest exit code counts.
    """
    _refuse_without_channels(options.env)
    attempts: list[DeliveryAttempt] = []
    broken: list[tuple[str, AssayError]] = []
    for name in pipeline_names(options):
        attempts += _attempts(name, options, broken, trial=trial, again=again)
    if options.as_json:
        errors = [{"pipeline": name, "error": error.code, "message": error.message} for name, error in broken]
        click.echo(json.dumps([*map(_attempt_document, attempts), *errors], indent=2))
    else:
        click.echo("\n".join(map(_attempt_line, attempts)) or ("no channel takes it" if trial else "nothing waits"))
    for _, error in broken:
        click.echo(error.render(), err=True)
    unsent = any(one.state in (DeliveryState.FAILED, DeliveryState.GIVEN_UP) for one in attempts)
    codes = [error.exit_code for _, error in broken]
    return max([*codes, InfrastructureError.exit_code if unsent else 0])


def _refuse_without_channels(env: str) -> None:
    """Check that the environment has a channel.

    Raises:
        InputError: It has none.
    """
    if open_project(env=env).environment.notifications is None:
        hint = f"add 'notifications' to conf/environments/{env}.yaml (docs/notifications.md)"
        raise InputError(f"the environment '{env}' has no channel", code="no-channel", hint=hint)


def _attempts(
    name: str, options: CommandOptions, broken: list[tuple[str, AssayError]], *, trial: bool, again: bool
) -> list[DeliveryAttempt]:
    """Return what became of the messages of a pipeline, and add the errors on the way to `broken`."""
    attempts: list[DeliveryAttempt] = []
    with _noted(name, broken):
        ctx = open_context(name, options)
        for look in () if trial else (collect, collect_missing):
            with _noted(name, broken):
                look(ctx)
        if trial:
            attempts = try_channels(ctx, timeout=STEP_SECONDS)
        else:
            attempts = deliver(ctx, timeout=STEP_SECONDS, wait=STEP_SECONDS, now=True, again=again)
    return attempts


@contextmanager
def _noted(name: str, broken: list[tuple[str, AssayError]]) -> Iterator[None]:
    try:
        yield
    except AssayError as error:
        broken.append((name, error))


def _attempt_document(one: DeliveryAttempt) -> dict[str, Any]:
    delivery = one.delivery
    return {
        "channel": delivery.channel,
        "pipeline": delivery.notification.pipeline,
        "event": delivery.notification.kind,
        "subject": subject_line(delivery.notification),
        "state": one.state,
        "code": one.code,
        "attempts": delivery.attempts,
    }


def _attempt_line(one: DeliveryAttempt) -> str:
    """Return a line about a message: its state, its channel, its subject, and the code of a failure."""
    tried = f", attempt {one.delivery.attempts} of {MAX_ATTEMPTS}" if one.delivery.attempts else ""
    cause = f"  ({one.code}{tried})" if one.code else ""
    return f"{one.state:<9} {one.delivery.channel:<12} {one_line(subject_line(one.delivery.notification))}{cause}"


def _lines(about: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines of each table, with the files that stay and why, and a line for each kind of record."""
    for table in about["tables"]:
        compacted, removed = table["compacted"], table["removed"]
        yield (
            f"{table['table']:<28} compact {quantity(compacted['files'], 'file'):>11} in "
            f"{quantity(len(compacted['partitions']), 'day'):>8}, "
            f"remove {quantity(removed['files'], 'file'):>11} {_size(removed['bytes']):>9}"
        )
        kept = ", ".join(f"{numbers['files']:,} {why}" for why, numbers in table["kept"].items())
        yield f"{'':<28} keep {kept or 'nothing'}"
        for lost in table["lost"]:
            yield f"{'':<28} already unreadable: {lost}"
    for lock, why in about["skipped"].items():
        yield f"{lock:<28} left alone: {why}"
    ledger, profiles = about["ledger"], about["profiles"]
    yield f"{'ledger':<28} fold {ledger['records']:,} records, {ledger['blocks']:,} new files"
    yield f"{'profiles':<28} pack {profiles['profiles']:,} Profiles into {profiles['packs']:,} files"
    yield f"{'leftovers of killed runs':<28} remove {about['leftovers']:,} files"


def _size(count: float) -> str:
    """Return a number of bytes in the largest unit that fits.

    >>> _size(1536), _size(12)
    ('1.5 KiB', '12 B')
    """
    for unit in ("B", "KiB", "MiB", "GiB"):
        if count < 1024 or unit == "GiB":
            break
        count /= 1024
    return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
