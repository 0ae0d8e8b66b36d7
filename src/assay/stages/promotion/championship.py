"""The champion at an instant, and the versions that scored a date, from the promotions and the ledger."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import zip_longest
from typing import Any

from assay.core.interval import parse_date
from assay.core.model_versions import ModelVersion
from assay.errors import InputError
from assay.stages.runtime.context import Context
from assay.store.decisions.promotions import PROMOTION_FORMAT, Promotion
from assay.store.ledger.run_record import PartitionStatus, RunRecord


@dataclass(frozen=True, slots=True)
class ChampionPeriod:
    """A time in which one version was champion: the promotion that began it, and the instant of the one that ended it.

    `until` is None for the period that goes on. `champion` is None where a promotion left no champion.
    """

    champion: ModelVersion | None
    began_by: Promotion
    until: str | None


@dataclass(frozen=True, slots=True)
class ServedScores:
    """The scores of a date that one run wrote: its champion, the number of rows, and who ran it when."""

    version: ModelVersion
    rows: int
    run_id: str
    at: str
    who: str


@dataclass(frozen=True, slots=True)
class ChampionAt:
    """The champion at an instant, and the scores of the instant's date.

    - `period` is None before the first promotion.
    - `date` is the date of the instant in the pipeline's time zone.
    - `scores` are oldest first: the last are those that the table holds, the others were replaced.
    """

    instant: datetime
    period: ChampionPeriod | None
    date: date
    scores: tuple[ServedScores, ...]

    @property
    def champion(self) -> ModelVersion | None:
        """The version that was champion, None without one."""
        return self.period.champion if self.period else None

    def to_json(self) -> dict[str, Any]:
        """Return the answer as plain JSON types."""
        return {
            "instant": self.instant.isoformat(),
            "champion": self.champion,
            "promotion": PROMOTION_FORMAT.fields(self.period.began_by) if self.period else None,
            "until": self.period.until if self.period else None,
            "date": str(self.date),
            "scores": [
                {"version": one.version, "rows": one.rows, "run_id": one.run_id, "at": one.at, "who": one.who}
                for one in self.scores
            ],
        }


@dataclass(frozen=True, slots=True)
class VersionStart:
    """The first date of scores of a version after those of another one, and the run that wrote them."""

    day: date
    version: ModelVersion
    record: RunRecord


def version_starts(ctx: Context) -> Iterator[VersionStart]:
    """Yield the dates from which on the served scores are of another version, in order."""
    before: ModelVersion | None = None
    for day, (record, state) in ctx.ledger.latest("score", ctx.pipeline.name, PartitionStatus.SCORED).items():
        if state.version is not None and state.version != before:
            yield VersionStart(day, state.version, record)
            before = state.version


def made_champion_by(history: Sequence[Promotion], start: VersionStart) -> Promotion | None:
    """Return the act by which the version of a start was champion, None where none is known."""
    return next((one for one in reversed(history) if one.champion == start.version and one.at <= start.record.at), None)


def champion_periods(history: Sequence[Promotion]) -> list[ChampionPeriod]:
    """Return the times in which each champion served, oldest first."""
    begun: list[Promotion] = []
    for promotion in history:
        if promotion.champion != (begun[-1].champion if begun else None):
            begun.append(promotion)
    return [
        ChampionPeriod(one.champion, one, after.at if after else None) for one, after in zip_longest(begun, begun[1:])
    ]


def champion_at(ctx: Context, when: str | date | datetime) -> ChampionAt:
    """Return who was champion at an instant, or when a date ended in the pipeline's time zone, and that date's scores.

    The order of promotions is that of their numbers. An instant without an offset is one of the pipeline's time zone.

    Raises:
        InputError: The text is neither a date nor an instant.
    """
    instant, day = _instant(ctx, when)
    periods = champion_periods(ctx.promotions.history())
    begun = [period for period in periods if datetime.fromisoformat(period.began_by.at) <= instant]
    return ChampionAt(instant, begun[-1] if begun else None, day, _scores_of(ctx, day))


def _instant(ctx: Context, when: str | date | datetime) -> tuple[datetime, date]:
    zone = ctx.pipeline.zone
    if isinstance(when, str):
        when = _parsed(when)
    if isinstance(when, datetime):
        local = when.replace(tzinfo=zone) if when.tzinfo is None else when.astimezone(zone)
        return local, local.date()
    return datetime.combine(when + timedelta(days=1), time(), tzinfo=zone), when


def _parsed(text: str) -> date | datetime:
    if "T" not in text and " " not in text:
        return parse_date(text)
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        hint = "write it as 2013-09-05 or 2013-09-05T14:00:00+02:00"
        raise InputError(f"'{text}' is not an instant", code="bad-date", hint=hint) from None


def _scores_of(ctx: Context, day: date) -> tuple[ServedScores, ...]:
    return tuple(
        ServedScores(state.version, state.counts.get("rows", 0), record.run_id, record.at, str(record.actor))
        for record in ctx.ledger.records("score", ctx.pipeline.name)
        for date_text, state in record.partitions.items()
        if date_text == str(day) and state.state is PartitionStatus.SCORED and state.version is not None
    )
