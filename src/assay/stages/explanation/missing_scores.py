"""The reason why a key has no score on a date: not scored, not landed, refused by cleaning, or misspelt."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from assay.core.explanation.key_values import KeyValue
from assay.core.interval import days_in_words
from assay.core.suggestions import did_you_mean
from assay.errors import InputError
from assay.stages.explanation.keyed_rows import LandedRow, cleaning_of, landed_rows, rows_with
from assay.stages.runtime.context import Context
from assay.store.delta.day_rows import read_day
from assay.store.ledger.run_record import PartitionStatus


def no_score(ctx: Context, day: date, key: Mapping[str, KeyValue]) -> InputError:
    """Return the error for a key without a stored score: it names what became of its row, or keys that are near."""
    name = ctx.pipeline.name
    scored = ctx.ledger.latest("score", name)
    known = [one for one, (_, state) in scored.items() if state.state is not PartitionStatus.UNSCORED]
    words = key_words({part: value for part, value in key.items() if part != ctx.partition})
    if day not in known:
        without = day in scored
        why = "there was no champion" if without else _state_of_rows(ctx, day)
        newest = f"the newest scored days are {days_in_words(known[:-6:-1])}" if known else "no day was scored yet"
        return InputError(f"{day} has no scores of {name}: {why}", code="not-scored", hint=newest)
    rows, own = ctx.pipeline.spec.features.rows, {part: key[part] for part in key if part != ctx.partition}
    cleaned = cleaning_of(ctx, rows, day, None)
    landed = landed_rows(ctx, rows, day, own, cleaned[1]).rows if cleaned else ()
    if _is_clean(ctx, rows, day, own):
        hint = f"'assay score {name} --date {day}' scores the day again"
        return InputError(f"the row of {words} on {day} was cleaned and not scored", code="unscored-row", hint=hint)
    if landed:
        return _refused_row(rows, words, day, landed)
    return InputError(f"{day} has no score of {words}", code="unknown-key", hint=_near(ctx, day, words, list(own)))


def key_words(key: Mapping[str, KeyValue]) -> str:
    """Return a key in words.

    >>> key_words({"carrier": "UA", "flight": 12})
    'carrier=UA, flight=12'
    """
    return ", ".join(f"{name}={value}" for name, value in key.items())


def _is_clean(ctx: Context, table: str, day: date, key: Mapping[str, KeyValue]) -> bool:
    rows = read_day(ctx.folder("clean", table), day)
    return rows is not None and rows_with(rows, key).num_rows > 0


def _state_of_rows(ctx: Context, day: date) -> str:
    rows = ctx.pipeline.spec.features.rows
    cleaned = cleaning_of(ctx, rows, day, None)
    return f"{rows} is {cleaned[1].state}" if cleaned else f"{rows} was not cleaned"


def _refused_row(table: str, words: str, day: date, landed: tuple[LandedRow, ...]) -> InputError:
    """Return the error for a key whose row landed, and which cleaning did not publish."""
    row = landed[0]
    place = f"{row.file}:{row.first}"
    if row.refused:
        message = f"the row of {words} on {day} is in quarantine: {row.refused} ({place})"
        return InputError(message, code="quarantined-row", hint=f"the table quarantine/{table} holds it: {row.raw}")
    message = f"the row of {words} on {day} landed ({place}), and the clean table of the scoring does not have it"
    return InputError(message, code="dropped-row", hint=f"a rule or the function of '{table}' leaves it out: {row.raw}")


def _near(ctx: Context, day: date, words: str, names: list[str]) -> str:
    rows = read_day(ctx.folder("clean", ctx.pipeline.spec.features.rows), day)
    if rows is None:
        return ""
    return did_you_mean(words, [key_words(one) for one in rows.select(names).to_pylist()], "the keys of the day are")
