"""The proof that features depend on nothing but what is known: in `check` at any time, and before a first training."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from assay.core.interval import Interval
from assay.errors import InputError
from assay.spec.user_code.functions import load_function
from assay.stages.features.inputs import find_inputs, published_days, read_inputs, seen_by
from assay.stages.models.model_versions import feature_code
from assay.stages.runtime.context import Context
from assay.store.filesystem.atomic import read_json, to_json, write_atomically
from assay.store.filesystem.document_format import DocumentFormat
from assay.store.filesystem.hdfs_path import HdfsPath
from assay.store.filesystem.storage_path import StoragePath
from assay.store.users import now_utc

if TYPE_CHECKING:
    from assay.spark.features.leakage_proof import Leak

PROOF_VERSION = 2
"""Raised when the proof finds more: what an older one passed is proved again before the next training."""

MAX_DAYS_AFTER = 7
"""The largest number of whole days wanted after a sample date: by then what became of its rows has landed too."""

MAX_NEIGHBOUR_DAYS = 7
"""Days before and after a sample date that are computed with it, where rows are published that near."""

HINT = "partition windows by the date, read the past through 'inputs', and use nothing but what the function is given"


@dataclass(frozen=True, slots=True)
class FeatureProof:
    """The proof that code and spec have passed, kept so that it is not made again."""

    at: str
    who: str
    day: date
    sentence: str


PROOF_FORMAT = DocumentFormat("feature-proof", 1, FeatureProof)


@dataclass(frozen=True, slots=True)
class Sample:
    """The date that features are proved on, and how many days before and after it are computed together with it."""

    day: date
    reach: int


def prove(ctx: Context, sample: Sample) -> str:
    """Return the sentence of a proof that held.

    Raises:
        InputError: It did not hold. The error has the place of `features` and each leak.
    """
    from assay.spark.features.leakage_proof import prove_no_lookahead

    spec = ctx.pipeline.spec.features
    around = Interval(sample.day - timedelta(days=sample.reach), sample.day + timedelta(days=sample.reach + 1))
    day_inputs = find_inputs(ctx, Interval.of(sample.day))
    wanted = {name: around.back(spec.inputs.get(name, 0)) for name in day_inputs.intervals}
    frames = read_inputs(ctx, replace(day_inputs, intervals=wanted))
    try:
        with _scratch(ctx) as scratch:
            leaks = prove_no_lookahead(
                load_function(spec.function),
                frames[spec.rows],
                {name: frames[name] for name in spec.inputs},
                seen=seen_by(ctx),
                sample_dates=[sample.day],
                reach=sample.reach,
                scratch=scratch,
            )
    except InputError as error:
        error.location = error.location or ctx.pipeline.document.at("features", "function")
        raise
    if leaks:
        raise _leaking(ctx, leaks)
    return (
        f"no look-ahead: the features of {sample.day} are the same alone and beside {around}, and do not change with "
        "anything known later; one row per key"
    )


def prove_once(ctx: Context, dates: Interval) -> None:
    """Prove the features on a day of `dates`, unless this code and spec have passed already.

    Raises:
        InputError: As `prove` does, and where no day can be used for the proof.
    """
    passed = _passed(ctx)
    if passed.exists():
        return
    sample = find_sample(ctx, dates)
    if sample is None:
        raise InputError(
            f"nothing can be proved of {ctx.pipeline.spec.features.function}: no published day of {dates} has rows "
            "before and after it",
            code="nothing-to-prove",
            hint="a model is trained on features that were proved on at least three days",
            location=ctx.pipeline.document.at("features", "function"),
        )
    ctx.progress(f"proving the features of {sample.day}, before their first training")
    sentence = prove(ctx, sample)
    proof = FeatureProof(now_utc(), str(ctx.actor), sample.day, sentence)
    write_atomically(passed, to_json(PROOF_FORMAT.document(proof)))


def stored_proof(ctx: Context) -> FeatureProof | None:
    """Return the proof that today's code and spec of the features passed, None without one.

    Raises:
        InfrastructureError: Its file is corrupt.
    """
    place = _passed(ctx)
    try:
        return PROOF_FORMAT.content(read_json(place), place)
    except FileNotFoundError:
        return None


def sample_on(ctx: Context, day: date) -> Sample:
    """Return the sample for a day that a person chose."""
    days = _published(ctx, ctx.pipeline.spec.features.rows, None)
    return Sample(day, _reach(days, day) or MAX_NEIGHBOUR_DAYS)


def find_sample(ctx: Context, dates: Interval | None = None) -> Sample | None:
    """Return the newest day, of `dates` if given, that has published days around it in every table.

    Where there is none, it is the newest day with rows before and after it and with something in each lookback.
    Outcomes land days later than the rows that they belong to, so the newest day of all has none. The result is None
    where there is no such day either.
    """
    spec = ctx.pipeline.spec.features
    rows = _published(ctx, spec.rows, dates)
    inputs = {name: set(_published(ctx, name, None)) for name in spec.inputs}
    behind = max(spec.inputs.values(), default=1)
    whole = set(rows).intersection(*inputs.values())
    for day in reversed(rows):
        around = Interval(day - timedelta(days=behind), day + timedelta(days=min(MAX_DAYS_AFTER, behind) + 1))
        if whole.issuperset(around):
            return Sample(day, MAX_NEIGHBOUR_DAYS)
    for day in reversed(rows):
        reach = _reach(rows, day)
        if reach is not None and _readable(ctx, day, inputs):
            return Sample(day, reach)
    return None


def _reach(days: Sequence[date], day: date) -> int | None:
    """Return how far the nearest days on either side of `day` are at least, None where one side has none."""
    earlier, later = [other for other in days if other < day], [other for other in days if other > day]
    if not earlier or not later:
        return None
    return max(MAX_NEIGHBOUR_DAYS, (day - max(earlier)).days, (min(later) - day).days)


def _readable(ctx: Context, day: date, inputs: Mapping[str, Collection[date]]) -> bool:
    """Return whether the features of a day can be built, with something to be seen in each input."""
    lookbacks = ctx.pipeline.spec.features.inputs
    if any(not set(Interval.of(day).back(lookbacks[name])) & set(days) for name, days in inputs.items()):
        return False
    try:
        find_inputs(ctx, Interval.of(day))
    except InputError:
        return False
    return True


def _published(ctx: Context, table: str, dates: Interval | None) -> list[date]:
    latest = ctx.ledger.latest("clean", table)
    if not latest:
        return []
    return published_days(ctx, table, dates or Interval(min(latest), max(latest) + timedelta(days=1)))


def _leaking(ctx: Context, leaks: Sequence[Leak]) -> InputError:
    from assay.spark.features.leakage_proof import AROUND, LATER, PAST

    beside = all(leak.how in (AROUND, LATER, PAST) for leak in leaks)
    how = "makes other features of a day beside other dates than alone" if beside else "looks ahead"
    return InputError(
        f"{ctx.pipeline.spec.features.function} {how}: " + " ".join(map(str, leaks[:5])),
        code="other-dates" if beside else "look-ahead",
        hint=HINT,
        location=ctx.pipeline.document.at("features", "function"),
    )


def _passed(ctx: Context) -> StoragePath:
    """Return the file that records the proof of these features.

    Its name is a digest of the code, and of all of the spec that decides the features.
    """
    spec, code = ctx.pipeline.spec, feature_code(ctx)
    section = ctx.pipeline.section_digest("features", "as_of", "timezone", "partition")
    available_at = {name: spec.tables[name].available_at for name in spec.features.inputs}
    made_of = [PROOF_VERSION, code.digest, section, spec.tables[spec.features.rows].key, available_at]
    digest = hashlib.sha256(json.dumps(made_of, sort_keys=True).encode()).hexdigest()[:32]
    return ctx.lake / "_assay" / ctx.pipeline.name / "proofs" / f"{digest}.json"


@contextmanager
def _scratch(ctx: Context) -> Iterator[str | None]:
    """Yield a folder that every worker can write, removed afterwards; None where a folder of this machine will do."""
    if not isinstance(ctx.lake, HdfsPath):
        yield None
        return
    place = ctx.lake / "_assay" / "scratch" / secrets.token_hex(8)
    try:
        yield str(place)
    finally:
        place.remove_tree()
