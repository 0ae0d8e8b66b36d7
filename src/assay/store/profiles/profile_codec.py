"""Profiles as bytes: gzipped JSON without a time stamp, so that equal profiles give equal bytes."""

from __future__ import annotations

import gc
import gzip
import json
import math
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from typing import Any

from assay.core.profiles.exact_sums import Exact, number_from_json, number_to_json, sum_from_json, sum_to_json
from assay.core.profiles.histogram import Histogram
from assay.core.profiles.outcome_profile import LabelledScores, OutcomeProfile, Scored
from assay.core.profiles.residuals import Residuals
from assay.core.profiles.score_grid import as_log_odds
from assay.core.profiles.table_profile import ColumnState, Counter, DailyProfiles, Holistic, TableProfile
from assay.store.profiles.legacy_sums import doubtful_squares, doubtful_sums

Profile = TableProfile | OutcomeProfile | DailyProfiles
FORMAT = 3
"""The format that is written.

Since 2 sums are exact. Those of format 1 were rounded, and the ones that rounding may have made read as unknown.
Since 3 the scores of an event are on the grid of log-odds; older ones are put on it as they are read."""


def encode(profile: Profile) -> bytes:
    """Return the profile as gzipped JSON, without a time stamp: equal profiles give equal bytes."""
    document: dict[str, Any]
    if isinstance(profile, TableProfile):
        document = {"format": FORMAT, "table": _table_to_json(profile)}
    elif isinstance(profile, DailyProfiles):
        days = {str(day): _table_to_json(one) for day, one in sorted(profile.days.items())}
        document = {"format": FORMAT, "days": days}
    else:
        document = {"format": FORMAT, "outcomes": _outcomes_to_json(profile)}
    text = json.dumps(document, allow_nan=False, separators=(",", ":"))
    return gzip.compress(text.encode("ascii"), compresslevel=6, mtime=0)


def decode(data: bytes) -> Profile:
    """Return the profile that `encode` wrote.

    Raises:
        ValueError: The bytes are anything else (torn, corrupt, of another format).
    """
    try:
        with _collection_paused():
            return _decoded(json.loads(gzip.decompress(data)))
    except (OSError, EOFError, zlib.error, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"it holds no profile ({error})") from error


@contextmanager
def _collection_paused() -> Iterator[None]:
    """Pause the collection of cycles: thousands of small lists make it run again and again, and none is in a cycle.

    It takes two thirds of the time to parse a Profile. Where it is paused already, by another thread or by the caller,
    nothing is done. So it never stays paused.
    """
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _decoded(document: Mapping[str, Any]) -> Profile:
    if document["format"] not in range(1, FORMAT + 1):
        raise ValueError(f"its format is {document['format']}, and this version reads 1 to {FORMAT}")
    if "table" in document:
        return _table_from_json(document["table"], document["format"])
    if "days" in document:
        days = {date.fromisoformat(day): table for day, table in document["days"].items()}
        return DailyProfiles({day: _table_from_json(one, document["format"]) for day, one in days.items()})
    return _outcomes_from_json(document["outcomes"], document["format"])


def _table_to_json(profile: TableProfile) -> dict[str, Any]:
    return {
        "rows": profile.rows,
        "columns": {name: _state_to_json(state) for name, state in profile.columns.items()},
        "counters": {name: [c.evaluated, c.failed] for name, c in sorted(profile.counters.items())},
        "selections": {name: _state_to_json(state) for name, state in sorted(profile.selections.items())},
        "holistic": {name: _holistic_to_json(measured) for name, measured in sorted(profile.holistic.items())},
    }


def _table_from_json(data: Mapping[str, Any], written: int) -> TableProfile:
    # Profiles of before these two were measured lack them: a check that needs them reports it, and fails.
    return TableProfile(
        rows=data["rows"],
        columns={name: _state_from_json(state, written) for name, state in data["columns"].items()},
        counters={name: Counter(*pair) for name, pair in data["counters"].items()},
        selections={name: _state_from_json(state, written) for name, state in data.get("selections", {}).items()},
        holistic={name: _holistic_from_json(measured) for name, measured in data.get("holistic", {}).items()},
    )


def _holistic_to_json(measured: Holistic) -> list[Any]:
    quantiles = [number_to_json(value) for value in measured.quantiles]
    return [measured.evaluated, measured.failed, measured.distinct, quantiles]


def _holistic_from_json(data: list[Any]) -> Holistic:
    evaluated, failed, distinct, quantiles = data
    values = tuple(float(value) for value in quantiles)
    return Holistic(evaluated, failed, distinct, values)


def _state_to_json(state: ColumnState) -> dict[str, Any]:
    return {
        "kind": state.kind,
        "rows": state.rows,
        "nulls": state.nulls,
        "nans": state.nans,
        "plus_inf": state.plus_inf,
        "minus_inf": state.minus_inf,
        "huge": state.huge,
        "low": number_to_json(state.low),
        "high": number_to_json(state.high),
        "total": sum_to_json(state.total),
        "squares": sum_to_json(state.squares),
        "histogram": None if state.histogram is None else _histogram_to_json(state.histogram),
        "categories": dict(sorted(state.categories.items())),
        "other": state.other,
    }


def _state_from_json(data: Mapping[str, Any], written: int) -> ColumnState:
    fields = dict(data)
    for name in ("low", "high"):
        fields[name] = number_from_json(fields[name])
    for name in ("total", "squares"):
        fields[name] = None if fields[name] is None else sum_from_json(fields[name])
    if fields["histogram"] is not None:
        fields["histogram"] = _histogram_from_json(fields["histogram"])
    state = ColumnState(**fields)
    return replace(state, squares=None) if written == 1 and doubtful_squares(state) else state


def _histogram_to_json(histogram: Histogram) -> list[Any]:
    bins = [[index, count] for index, count in sorted(histogram.bins.items())]
    return [histogram.bin_exponent, bins, histogram.under, histogram.over]


def _histogram_from_json(data: list[Any]) -> Histogram:
    bin_exponent, bins, under, over = data
    return Histogram(bin_exponent, dict(bins), under, over)


def _outcomes_to_json(profile: OutcomeProfile) -> dict[str, Any]:
    slices = {
        column: {value: _scores_to_json(scores) for value, scores in sorted(values.items())}
        for column, values in sorted(profile.slices.items())
    }
    return {"overall": _scores_to_json(profile.overall), "slices": slices}


def _outcomes_from_json(data: Mapping[str, Any], written: int) -> OutcomeProfile:
    slices = {
        column: {value: _scores_from_json(scores, written) for value, scores in values.items()}
        for column, values in data["slices"].items()
    }
    return OutcomeProfile(overall=_scores_from_json(data["overall"], written), slices=slices)


def _scores_to_json(scores: Scored) -> list[Any] | dict[str, Any]:
    sums = {name: sum_to_json(value) for name, value in sorted(scores.sums.items())}
    if isinstance(scores, Residuals):
        return {
            "rows": scores.rows,
            "scores": _histogram_to_json(scores.scores),
            "residuals": _histogram_to_json(scores.residuals),
            "label_sums": [[index, sum_to_json(total)] for index, total in sorted(scores.label_sums.items())],
            "unlabelled": scores.unlabelled,
            "unusable": scores.unusable,
            "sums": sums,
        }
    state = [_histogram_to_json(scores.positives), _histogram_to_json(scores.negatives), scores.unlabelled, sums]
    # Written only where there are such rows: the ledger has the digests of folds that were stored without them.
    return [*state, _histogram_to_json(scores.unlabelled_scores)] if scores.unlabelled_scores.total else state


def _scores_from_json(data: list[Any] | dict[str, Any], written: int) -> Scored:
    # A list is a classifier's, as before there were regressors.
    if isinstance(data, dict):
        state = Residuals(
            rows=data["rows"],
            scores=_histogram_from_json(data["scores"]),
            residuals=_histogram_from_json(data["residuals"]),
            label_sums={index: sum_from_json(total) for index, total in data["label_sums"]},
            unlabelled=data["unlabelled"],
            unusable=data["unusable"],
            sums=_sums_from_json(data["sums"]),
        )
        unknown = doubtful_sums(state) if written == 1 else []
        return replace(state, sums={**state.sums, **dict.fromkeys(unknown, math.nan)})
    positives, negatives, unlabelled, sums, *without_label = data
    sides = [_histogram_from_json(side) for side in (positives, negatives)]
    if written < 3:
        sides = [as_log_odds(side) for side in sides]
    labelled = LabelledScores(sides[0], sides[1], unlabelled, _sums_from_json(sums))
    return replace(labelled, unlabelled_scores=_histogram_from_json(without_label[0])) if without_label else labelled


def _sums_from_json(data: Mapping[str, Any]) -> dict[str, Exact]:
    return {name: sum_from_json(value) for name, value in data.items()}
