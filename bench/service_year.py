"""A lake as a year of training, serving and monitoring leaves it, written without Spark from drawn days."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np

from assay.core.interval import Interval
from assay.core.model_versions import ContenderEntry, Evidence, ModelVersion, VersionEntry
from assay.core.profiles.exact_moments import exact_moments
from assay.core.profiles.from_arrays import histogram_of, label_scores
from assay.core.profiles.histogram import propose_bin_exponent
from assay.core.profiles.outcome_profile import OutcomeProfile
from assay.core.profiles.table_profile import ColumnState, DailyProfiles, TableProfile, merge_profiles
from assay.core.run_status import RunStatus
from assay.core.task_type import TaskType
from assay.core.verdict import Action
from assay.spec.project import Project, load_pipeline
from assay.spec.schema.environment import load_environment
from assay.stages.models.served_outcomes import served_subject
from assay.stages.runtime.context import Context
from assay.stages.training.track_record import outcomes_digest, outcomes_subject
from assay.store.decisions.promotions import PromotionKind
from assay.store.ledger.run_details import FoldReference, MonitoringDetails, StoredProcedure, TrainingDetails
from assay.store.ledger.run_record import (
    RECORD_FORMAT,
    PartitionFingerprint,
    PartitionState,
    PartitionStatus,
    RunRecord,
)
from assay.store.ledger.segments import Segments
from bench.reaper import PROJECT

TRAINED = date(2012, 1, 1)
"""The day of the training, and the first day that is served."""

TRAINING_DAYS, FOLD_DAYS, LABEL_DELAY = 180, 84, 3
VERSION = ModelVersion(1)
ROWS = 2_000
"""The rows by which a drawn day is measured: enough to fill the bins of a histogram."""

POOL = 24
"""The number of days that are drawn for each column; a day of the year is one of them."""

CATEGORIES = 30
"""The values of a text column; one column in ten is one."""


@dataclass(frozen=True, slots=True)
class ServiceYear:
    """A version that was trained on `features` columns and has served `days` days, each monitored on its night."""

    features: int
    days: int

    def write(self, home: Path) -> Context:
        """Write the lake into a new folder, and return the pipeline's context.

        Records and Profiles are packed, as `maintain` leaves them.
        """
        with patch("os.fsync"):  # thousands of small files, which no crash has to survive
            self._write(open_lake(home))
        return open_lake(home)

    def _write(self, ctx: Context) -> None:
        pool = _pool(self.features)
        records = [*_train(ctx, pool)]
        for number in range(self.days):
            records += [*_daily(ctx, pool, number), _monitored(ctx, pool, number)]
        documents = [RECORD_FORMAT.document(replace(one, number=n)) for n, one in enumerate(records, start=1)]
        Segments(ctx.lake / "_assay" / ctx.pipeline.name / "ledger").write(1, documents)
        for _ in ctx.profiles.archive(day_of(self.days)):
            pass

    @property
    def newest(self) -> Interval:
        """The newest day that was served."""
        return Interval.of(day_of(self.days - 1))

    def score_next(self, ctx: Context) -> Interval:
        """Write the next day's scores, and return the interval that the night has to monitor."""
        for record in _daily(ctx, _pool(self.features), self.days):
            ctx.ledger.append(record)
        return Interval.of(day_of(self.days))

    def outcomes(self, interval: Interval) -> dict[date, OutcomeProfile]:
        """Return the outcomes that the night of an interval measures: of its days and of those before it."""
        pool = _pool(self.features)
        days = (day for day in interval.back(LABEL_DELAY).dates() if day >= TRAINED)
        return {day: pool.outcomes((day - TRAINED).days) for day in days}


def open_lake(home: Path) -> Context:
    """Return the context of the benches' pipeline with its lake in `home`; Spark does not start for it."""
    home.mkdir(parents=True, exist_ok=True)
    environment = load_environment(PROJECT, home, "local")
    pipeline = load_pipeline(Project(PROJECT, home, environment), "bench")
    label = pipeline.spec.label.model_copy(update={"label_delay": LABEL_DELAY})
    return Context(replace(pipeline, spec=pipeline.spec.model_copy(update={"label": label})), claimed="bench")


def day_of(number: int) -> date:
    """Return the day that is served after so many others."""
    return TRAINED + timedelta(days=number)


@lru_cache(maxsize=1)
def _pool(features: int) -> _Pool:
    return _Pool(features)


class _Pool:
    """Drawn states of each column, and drawn outcomes."""

    def __init__(self, features: int) -> None:
        rng = np.random.default_rng(features)
        self._columns = {f"f{n:03}": [_state(n, rng) for _ in range(POOL)] for n in range(features)}
        self._scored = [_scored(rng) for _ in range(POOL)]

    def features(self, number: int) -> TableProfile:
        """Return the Profile of the features of a day, by its number, which may be negative."""
        columns = {name: states[(number + 7 * n) % POOL] for n, (name, states) in enumerate(self._columns.items())}
        return TableProfile(ROWS, columns)

    def served(self, number: int) -> TableProfile:
        """Return the Profile of the features and scores of a day."""
        scores = self.outcomes(number).overall.scores
        score = ColumnState("number", ROWS, low=0.0, high=1.0, histogram=scores)
        return replace(self.features(number), columns={**self.features(number).columns, "score": score})

    def outcomes(self, number: int) -> OutcomeProfile:
        """Return the outcomes of a day."""
        return self._scored[number % POOL]


def _state(column: int, rng: np.random.Generator) -> ColumnState:
    nulls = int(rng.binomial(ROWS, 0.02))
    if column % 10 == 0:
        counts = rng.multinomial(ROWS - nulls, rng.dirichlet(np.full(CATEGORIES, 50.0)))
        return ColumnState("text", ROWS, nulls, categories={f"c{n}": int(count) for n, count in enumerate(counts)})
    values = 10 * column + rng.normal(rng.normal(0, 0.1), 1, ROWS - nulls)
    low, high = float(values.min()), float(values.max())
    total, squares = exact_moments(values)
    histogram = histogram_of(values, propose_bin_exponent(low, high))
    return ColumnState("number", ROWS, nulls, low=low, high=high, total=total, squares=squares, histogram=histogram)


def _scored(rng: np.random.Generator) -> OutcomeProfile:
    logits = rng.normal(rng.normal(-1, 0.1), 1, ROWS)
    scores = 1 / (1 + np.exp(-logits))
    return OutcomeProfile(label_scores(scores, (rng.random(ROWS) < scores).astype(int)))


def _train(ctx: Context, pool: _Pool) -> Iterator[RunRecord]:
    """Write a training with one contender, its folds, and its promotion; yield the records."""
    name, run_id = ctx.pipeline.name, "train"
    days = {day_of(-n): pool.features(-n) for n in range(TRAINING_DAYS, 0, -1)}
    whole = merge_profiles(pool.features(n) for n in range(POOL))
    assert whole is not None
    ctx.profiles.write("training", name, run_id, {TRAINED: whole})
    ctx.profiles.write("reference", name, run_id, {TRAINED: DailyProfiles(days)})
    block = Interval(day_of(-FOLD_DAYS), TRAINED)
    outcomes = {day: pool.outcomes((day - TRAINED).days) for day in block.dates()}
    ctx.profiles.write("outcomes", outcomes_subject(ctx, "r"), "fold", outcomes)
    fold = FoldReference(block.start, "fold", outcomes_digest(outcomes))
    contender = ContenderEntry("mlflow", "d", "candidate", TaskType.CLASSIFICATION, 2, "r", 0.7, 1.0)
    details = TrainingDetails(
        parent="p",
        window=Interval(day_of(-TRAINING_DAYS), TRAINED),
        blocks=(block,),
        folds={"boosted": (fold,)},
        procedure=StoredProcedure("z", "", {}),
        code="c",
        feature_section={},
        contenders={"boosted": contender},
        constant=0.3,
    )
    states = {str(TRAINED): _partition(ctx, TRAINED, PartitionStatus.TRAINED)}
    yield ctx.record(run_id, "train", name, Interval.of(TRAINED), RunStatus.DONE, partitions=states, details=details)
    made: dict[str, Any] = asdict(contender) | {"subject": name, "training": run_id, "judged_by": "gate"}
    entry = VersionEntry(**made, name="boosted", code="c", feature_section={})
    evidence = Evidence({VERSION: entry})
    ctx.promotions.write(0, kind=PromotionKind.PROMOTE, champion=VERSION, why="", run_id="gate", evidence=evidence)
    yield ctx.record("gate", "gate", name, Interval.of(TRAINED), Action.PROMOTE)


def _daily(ctx: Context, pool: _Pool, number: int) -> Iterator[RunRecord]:
    """Write the Profile of a day, and yield the records of all stages up to its scores."""
    day, name = day_of(number), ctx.pipeline.name
    for table in ctx.pipeline.spec.tables:
        for stage, status in (("clean", PartitionStatus.PUBLISHED), ("validate", PartitionStatus.PASSED)):
            states = {str(day): _partition(ctx, day, status)}
            yield ctx.record(
                f"{stage}-{table}-{day}", stage, table, Interval.of(day), RunStatus.DONE, partitions=states
            )
    scored = f"score-{day}"
    ctx.profiles.write("features", name, scored, {day: pool.served(number)})
    states = {str(day): _partition(ctx, day, PartitionStatus.SCORED, VERSION)}
    yield ctx.record(scored, "score", name, Interval.of(day), RunStatus.DONE, partitions=states)


def _monitored(ctx: Context, pool: _Pool, number: int) -> RunRecord:
    """Write the outcomes that a night measured, and return its record."""
    day, run_id = day_of(number), f"monitor-{day_of(number)}"
    days = [day_of(n) for n in range(max(0, number - LABEL_DELAY), number + 1)]
    ctx.profiles.write(
        "outcomes", served_subject(ctx), run_id, {one: pool.outcomes((one - TRAINED).days) for one in days}
    )
    states = {str(one): _partition(ctx, one, PartitionStatus.JUDGED, VERSION) for one in days}
    details = MonitoringDetails(version=VERSION)
    return ctx.record(
        run_id, "monitor", ctx.pipeline.name, Interval.of(day), Action.NONE, partitions=states, details=details
    )


def _partition(ctx: Context, day: date, status: PartitionStatus, version: ModelVersion | None = None) -> PartitionState:
    measured = f"score-{day}" if status is PartitionStatus.JUDGED else ""
    return PartitionState(status, PartitionFingerprint(ctx.pipeline.name, str(day), measured, "", ""), {}, version)
