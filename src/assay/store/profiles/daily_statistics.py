"""The daily statistics of a version, kept so that a night measures its own day only: a cache, and never the truth.

`<lake>/_assay/<pipeline>/daily/<version>` has `training.bin`, one `<month>.bin` for each month of service, and
`proven.bin`. Each has an identity: what its content follows from. A file that is missing, torn or of another identity
reads as nothing. Then the statistics are measured from the Profiles again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from itertools import pairwise
from typing import Any

import numpy as np

from assay.core.model_versions import ModelVersion
from assay.core.monitoring.daily.judged_days import Proven
from assay.core.monitoring.daily.jump import JudgedDays, Jump
from assay.core.monitoring.daily.measure import Measure
from assay.core.monitoring.daily.measured_days import MeasuredDays, ServedDay, ServedStatistics, TrainingStatistics
from assay.core.monitoring.daily.series import StatisticKind, StatisticName
from assay.core.profiles.histogram import Histogram
from assay.errors import InfrastructureError
from assay.store.filesystem.atomic import safe_name, write_atomically
from assay.store.filesystem.storage_path import StoragePath
from assay.store.profiles.packed_arrays import Doubles, pack, unpack

FORMAT = 1
"""The number of the files' layout; those of another one read as nothing."""

PARTS = ("values", "errors", "effects")


class DailyStatistics:
    """The kept statistics of a version of a pipeline, with the `identity` of its training."""

    def __init__(self, lake: StoragePath, pipeline: str, version: ModelVersion, identity: str) -> None:
        self._folder = lake / "_assay" / safe_name(pipeline, "a pipeline") / "daily" / str(int(version))
        self._identity = f"{FORMAT} {identity}"

    def training(self) -> TrainingStatistics | None:
        """Return the statistics of the training's days; None where they are not kept."""
        read = self._read("training.bin")
        if read is None:
            return None
        header, arrays = read
        measures = [_measure(fields) for fields in header["measures"]]
        names = tuple(_name(*fields) for fields in header["names"])
        return TrainingStatistics({one.column: one for one in measures}, _measured(names, header, arrays))

    def keep_training(self, training: TrainingStatistics) -> None:
        """Keep the statistics of the training's days, over older ones."""
        measures = [asdict(one) | {"training": sorted(map(str, one.training))} for one in training.measures.values()]
        names = [[one.column, one.kind.value, one.category] for one in training.days.names]
        self._write("training.bin", {"measures": measures, "names": names}, training.days)

    def month(self, month: str, names: tuple[StatisticName, ...]) -> ServedStatistics | None:
        """Return the statistics `names` of the served days of a month ('2013-01'); None where they are not kept."""
        read = self._read(f"{month}.bin")
        if read is None:
            return None
        header, arrays = read
        if len(arrays["values"]) != len(names):
            return None
        measured = _measured(names, header, arrays)
        ends = np.cumsum([0, *(one["bins"] for one in header["served"])])
        bins = (arrays["bins"][:, begin:end] for begin, end in pairwise(ends))
        served = (_served(fields, own) for fields, own in zip(header["served"], bins, strict=True))
        return ServedStatistics(measured, dict(zip(measured.days, served, strict=True)))

    def keep_month(self, month: str, served: ServedStatistics) -> None:
        """Keep the statistics of the served days of a month, over older ones."""
        days = [served.days[day] for day in served.measured.days]
        bins = [
            np.empty((2, 0)),
            *(np.array(list(one.scores.bins.items())).reshape(-1, 2).T for one in days if one.scores),
        ]
        header = {"served": [_served_to_json(one) for one in days]}
        self._write(f"{month}.bin", header, served.measured, {"bins": np.concatenate(bins, axis=1)})

    def proven(self) -> dict[StatisticName, Proven]:
        """Return what JUMP has shown for good; nothing where it is not kept."""
        read = self._read("proven.bin")
        return {} if read is None else dict(_proven(fields) for fields in read[0]["proven"])

    def keep_proven(self, proven: Mapping[StatisticName, Proven]) -> None:
        """Keep what JUMP has shown for good, over what was kept before."""
        listed = [[asdict(name), asdict(one)] for name, one in proven.items()]
        data = pack({"identity": self._identity, "proven": listed}, {})
        write_atomically(self._folder / "proven.bin", data)

    def _read(self, name: str) -> tuple[dict[str, Any], dict[str, Doubles]] | None:
        try:
            header, arrays = unpack((self._folder / name).read_bytes())
        except (OSError, ValueError, InfrastructureError):  # what cannot be read is measured again
            return None
        return (header, arrays) if header["identity"] == self._identity else None

    def _write(
        self, name: str, header: Mapping[str, Any], days: MeasuredDays, arrays: Mapping[str, Doubles] | None = None
    ) -> None:
        whole = {"identity": self._identity, "days": [day.isoformat() for day in days.days], **header}
        parts = {part: getattr(days, part) for part in PARTS}
        write_atomically(self._folder / name, pack(whole, {**parts, **(arrays or {})}))


def _measured(
    names: tuple[StatisticName, ...], header: Mapping[str, Any], arrays: Mapping[str, Doubles]
) -> MeasuredDays:
    days = tuple(map(date.fromisoformat, header["days"]))
    return MeasuredDays(names, days, *(arrays[part] for part in PARTS))


def _name(column: str, kind: str, category: str) -> StatisticName:
    return StatisticName(column, StatisticKind(kind), category)


def _measure(fields: Mapping[str, Any]) -> Measure:
    low, high = fields["clip"]
    training = frozenset(map(date.fromisoformat, fields["training"]))
    return Measure(**{**fields, "clip": (low, high), "largest": tuple(fields["largest"]), "training": training})


def _served(fields: Mapping[str, Any], bins: Doubles) -> ServedDay:
    scores: Histogram | None = None
    if fields["grid"] is not None:
        indices, counts = bins.astype(np.int64).tolist()
        bin_exponent, under, over = fields["grid"]
        scores = Histogram(bin_exponent, dict(zip(indices, counts, strict=True)), under, over)
    return ServedDay(fields["run_id"], fields["other_kinds"], tuple(fields["varied"]), scores)


def _served_to_json(served: ServedDay) -> dict[str, Any]:
    scores = served.scores
    return {
        "run_id": served.run_id,
        "other_kinds": dict(served.other_kinds),
        "varied": list(served.varied),
        "grid": None if scores is None else [scores.bin_exponent, scores.under, scores.over],
        "bins": 0 if scores is None else len(scores.bins),
    }


def _proven(fields: tuple[Mapping[str, Any], Mapping[str, Any]]) -> tuple[StatisticName, Proven]:
    name, proven = fields
    judged = proven["judged"]
    jumps = tuple(Jump(**jump) for jump in judged["jumps"])
    days = JudgedDays(judged["end"], jumps, tuple(judged["largest"]))
    return _name(**name), Proven(proven["digest"], days)
