"""`maintain`: compact, remove and fold files by a plan, which `--dry-run` only shows. It starts no JVM."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import click

from assay.cli.options import CommandOptions, given_by, json_option, pipeline_options, reason_option, show
from assay.core.text import quantity
from assay.stages.operations.maintain import maintain

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
