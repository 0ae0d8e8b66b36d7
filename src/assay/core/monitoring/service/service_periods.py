"""The stretches of days in which a version served, and their weeks, which a line in a chart may join."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date

WEEK = 7
"""The days of a block, counted from the first day of a stretch, and the pause in service that ends a stretch."""


def service_stretches(served: Mapping[date, int], version: int) -> list[list[date]]:
    """Return the days that `version` served, in order, as stretches.

    The version of every scored day is in `served`. A stretch ends where another version served in between, or where no
    version served for WEEK days or more. Shorter pauses, such as a weekend, do not end it.
    """
    stretches: list[list[date]] = []
    before: date | None = None
    for day in sorted(served):
        if served[day] != version:
            before = None
            continue
        if before is None or (day - before).days > WEEK:
            stretches.append([])
        stretches[-1].append(day)
        before = day
    return stretches


def service_weeks(stretch: Collection[date], judged: Collection[date]) -> list[list[list[date]]]:
    """Return the judged days of a stretch in blocks of WEEK days from its first day, as runs of neighbouring blocks.

    A block without a judged day separates two runs. A last block with less than half of the days of the block before is
    merged into that block: beside it, its value would be noise.
    """
    first, blocks = min(stretch), dict[int, list[date]]()
    for day in sorted(set(stretch).intersection(judged)):
        blocks.setdefault((day - first).days // WEEK, []).append(day)
    runs: list[list[list[date]]] = []
    before = -WEEK
    for number, days in blocks.items():
        if number == before + 1:
            runs[-1].append(days)
        else:
            runs.append([days])
        before = number
    for run in runs:
        if len(run) > 1 and 2 * len(run[-1]) < len(run[-2]):
            last = run.pop()
            run[-1] = run[-1] + last
    return runs
