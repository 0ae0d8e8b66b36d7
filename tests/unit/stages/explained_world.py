"""Parcels that landed, were cleaned and were scored by a linear model, as the stages that need Spark would leave it."""

from __future__ import annotations

import functools
import io
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from deltalake import write_deltalake

from assay.core.check import Finding, Status
from assay.core.explanation.key_values import KeyValue
from assay.core.interval import Interval
from assay.core.model_versions import Evidence, ModelVersion
from assay.core.profiles.from_arrays import label_scores
from assay.core.profiles.outcome_profile import OutcomeProfile
from assay.core.profiles.table_profile import ColumnState, TableProfile
from assay.core.run_status import RunStatus
from assay.core.task_type import TaskType
from assay.core.verdict import Action, Verdict, VerdictSummary
from assay.models.bundle.bundle import Provenance, write_bundle
from assay.models.bundle.predictor import load_predictor
from assay.models.training.contenders import FittedContender, TrainingJob
from assay.models.training.local_trainer import fit_contenders
from assay.models.training.tuning import Block, RunTrials
from assay.stages.ingest.clean import plan_clean
from assay.stages.ingest.land import land, take_manifests
from assay.stages.models.model_versions import Model, feature_code
from assay.stages.runtime.context import Context
from assay.store.decisions.promotions import PromotionKind
from assay.store.ledger.run_details import CleaningDetails, ScoringDetails, TableRead
from assay.store.ledger.run_documents import DAILY_VERDICTS, VERDICT
from assay.store.ledger.run_record import PartitionFingerprint, PartitionState, PartitionStatus

from ...kept_models import a_contender, a_training, a_version, kept_fold

DAY, BEFORE = date(2024, 2, 1), date(2024, 1, 31)
HEADER = "ship_date,parcel,depot,weight,boxes\n"
ROWS = (
    (17, "HAM", 12.5, 2),
    (18, "MUC", 3.25, 1),
    (19, "BER", 20.0, 4),
)
FEATURES = ["depot_name", "weight", "boxes", "late_share"]


def features_of(parcel: int) -> pa.Table:
    """What the features function of the project gives for a parcel."""
    [(_, depot, weight, boxes)] = [row for row in ROWS if row[0] == parcel]
    return pa.table(
        {"depot_name": [depot], "weight": [weight], "boxes": [float(boxes)], "late_share": pa.array([0.25])}
    )


@contextmanager
def _no_trials(_block: Block, _batch: int) -> Iterator[RunTrials]:
    def run(*_: Any) -> Iterator[Any]:
        yield from ()

    yield run


@functools.cache
def fitted_linear() -> tuple[FittedContender, pa.Table, TableProfile]:
    """The linear baseline on drawn parcels, its rows, and their Profile."""
    random, n = np.random.default_rng(1), 400
    depot, weight = random.choice(["HAM", "MUC", "BER"], n), random.uniform(0.5, 30, n)
    rows = pa.table(
        {
            "ship_date": pa.array([date(2024, 1, 1) + timedelta(days=number // 40) for number in range(n)]),
            "parcel": pa.array(np.arange(n)),
            "depot_name": pa.array(depot),
            "weight": pa.array(weight),
            "boxes": pa.array(random.integers(1, 5, n).astype(float)),
            "late_share": pa.array(random.uniform(0, 0.5, n)),
            "late": pa.array(random.random(n) < 0.2 + 0.4 * (weight > 20) + 0.2 * (depot == "BER")),
        }
    )
    states = {}
    for name in FEATURES:
        values = rows[name].to_pylist()
        if name == "depot_name":
            counts = {one: values.count(one) for one in set(values)}
            states[name] = ColumnState("text", n, categories=counts)
        else:
            total, squares = (sum(value**power for value in values) for power in (1, 2))
            states[name] = ColumnState(
                "number", rows=n, low=min(values), high=max(values), total=total, squares=squares
            )
    profile = TableProfile(n, states)
    job = TrainingJob(
        features=FEATURES, label="late", partition="ship_date", profile=profile,
        candidates={}, trials=1, batch=1, validation_days=2, order=["parcel"],
    )  # fmt: skip
    [linear] = [one for one in fit_contenders(rows, job, _no_trials) if one.name == "linear"]
    return linear, rows, profile


@dataclass
class Explained:
    """The pipeline, and what its features are by parcel; `wanted` are the rows that were computed again."""

    ctx: Context
    bundle: Path
    digest: str
    wanted: list[tuple[date, Mapping[str, KeyValue], Mapping[str, int]]] = field(default_factory=list)

    def lands(self, day: date, lines: Sequence[str]) -> None:
        """A file of parcels lands for a day, and one of deliveries."""
        for table, header, rows in (
            ("parcels", HEADER, lines),
            ("deliveries", "ship_date,parcel,days_late,delivered_at\n", self._delivered(day)),
        ):
            path = Path(str(self.ctx.landing)) / "landing" / table / str(day) / f"{table}.csv"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(header + "".join(rows))
            assert land(self.ctx, table, Interval.of(day)).exit_code == 0

    def _delivered(self, day: date) -> list[str]:
        return [f"{day},{parcel},0,{day + timedelta(days=1)}T04:30:00Z\n" for parcel, *_ in ROWS]

    def cleaned(self, table: str, day: date, rows: pa.Table | None, *, held: bool = False) -> None:
        """A cleaning of a day: the rows, a verdict with a check, and the record."""
        run_id, ctx = f"clean-{table}-{day}", self.ctx
        manifests = take_manifests(ctx, table, Interval.of(day))
        [identity] = [task.identity for task in plan_clean(ctx, table, manifests)]
        state = PartitionState(PartitionStatus.HELD if held else PartitionStatus.PUBLISHED, identity, {"out": 3})
        finding = Finding("expect_table_row_count_to_be_between", Status.PASS, f"{table} has 3 rows.")
        ctx.runs.write(run_id, DAILY_VERDICTS, {day: Verdict(Status.PASS, Action.PUBLISH, "Good.", (finding,))})
        if rows is not None:
            write_deltalake(str(ctx.folder("clean", table)), rows, mode="append", partition_by=["ship_date"])
        details = CleaningDetails(last_commit=f"clean/{table}", rules={}, reasons={})
        ctx.ledger.append(
            ctx.record(
                run_id, "clean", table, Interval.of(day), RunStatus.DONE, partitions={str(day): state}, details=details,
                verdict=VerdictSummary(Status.PASS, Action.PUBLISH, "Good."),
            )
        )  # fmt: skip

    def score_of(self, parcel: int) -> float:
        return float(load_predictor(self.bundle)(features_of(parcel))[0])

    def scored(self, day: date, *, run_id: str, version: int = 1, held: bool = False, off: float = 0.0) -> None:
        """A version scores all parcels of a day; the scores are `off` what the model gives."""
        ctx, name = self.ctx, self.ctx.pipeline.name
        rows = pa.table(
            {
                "ship_date": pa.array([day] * len(ROWS)),
                "parcel": pa.array([row[0] for row in ROWS], pa.int64()),
                "score": [self.score_of(row[0]) + off for row in ROWS],
                "model_version": pa.array([version] * len(ROWS), pa.int32()),
                "run_id": [run_id] * len(ROWS),
                "scored_at": pa.array([datetime(2024, 2, 1, 6, tzinfo=UTC)] * len(ROWS), pa.timestamp("us", "UTC")),
            }
        )
        kind = "predictions_held" if held else "predictions"
        write_deltalake(
            str(ctx.folder(kind, name)), rows, mode="overwrite", predicate=f"ship_date = '{day}'",
            partition_by=["ship_date"],
        ) if ctx.folder(kind, name).exists() else write_deltalake(
            str(ctx.folder(kind, name)), rows, partition_by=["ship_date"]
        )  # fmt: skip
        status = PartitionStatus.HELD if held else PartitionStatus.SCORED
        state = PartitionState(
            status, PartitionFingerprint(name, str(day), "", "", ""), {"rows": 3}, ModelVersion(version)
        )
        read = {"parcels": TableRead(0, day, day + timedelta(days=1)), "deliveries": TableRead(0, BEFORE, DAY)}
        details = ScoringDetails(
            last_commit=f"{kind}/{name}", version=ModelVersion(version), digest=self.digest, read=read
        )
        ctx.ledger.append(
            ctx.record(
                run_id, "score", name, Interval.of(day), RunStatus.DONE, partitions={str(day): state}, details=details
            )
        )


def clean_parcels(day: date) -> pa.Table:
    names = ("parcel", "depot", "weight", "boxes")
    columns = {name: [row[place] for row in ROWS] for place, name in enumerate(names)}
    kept = pa.table({"ship_date": pa.array([day] * len(ROWS)), **columns})
    return kept.set_column(4, "boxes", kept["boxes"].cast(pa.int32()))


def clean_deliveries(day: date) -> pa.Table:
    """Deliveries that were known at 04:30 UTC of the next day: before 06:00 in Berlin."""
    known = datetime.combine(day + timedelta(days=1), datetime.min.time(), tzinfo=UTC) + timedelta(hours=4, minutes=30)
    return pa.table(
        {
            "ship_date": pa.array([day] * len(ROWS)),
            "parcel": pa.array([row[0] for row in ROWS], pa.int64()),
            "days_late": pa.array([0] * len(ROWS), pa.int32()),
            "delivered_at": pa.array([known] * len(ROWS), pa.timestamp("us", "UTC")),
        }
    )


def parcel_lines(day: date) -> list[str]:
    """The parcels as they land: the first over a blank line, one too heavy, one without weight."""
    good = [f"{day},{parcel},{depot},{weight},{boxes}\n" for parcel, depot, weight, boxes in ROWS]
    return ["\n", *good, f"{day},666,HAM,9000,1\n", f"{day},667,HAM,0,1\n"]


def quarantine(ctx: Context, day: date, line: str, reason: str) -> None:
    rows = pa.table(
        {
            "ship_date": pa.array([day]),
            "reason": [reason],
            "raw": [line],
            "file": [str(ctx.landing / f"landing/parcels/{day}/parcels.csv")],
        }
    )
    write_deltalake(str(ctx.folder("quarantine", "parcels")), rows, partition_by=["ship_date"])


def explained_world(ctx: Context, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Explained:
    """A day that version 1 has scored, with all that it rests on."""
    fitted, rows, profile = fitted_linear()
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w"):
        pass
    origin = Provenance("recipe", "code", "spec", {}, "ann", "")
    info = write_bundle(
        folder / "bundle", fitted, profile=profile, features=FEATURES, canary=rows, code_zip=out.getvalue(),
        environment_lock="", origin=origin,
    )  # fmt: skip
    made = Explained(ctx, info.path, info.digest)
    made.lands(BEFORE, parcel_lines(BEFORE))
    made.lands(DAY, parcel_lines(DAY))
    made.cleaned("deliveries", BEFORE, clean_deliveries(BEFORE))
    made.cleaned("parcels", DAY, clean_parcels(DAY))
    quarantine(ctx, DAY, f"{DAY},666,HAM,9000,1", "absurd")
    _served(made)
    made.scored(DAY, run_id="20240201T060000-score-000001")

    def scoring_model(*_: Any) -> Model:
        from assay.spark.scoring.score import ScoringModel

        return Model(ScoringModel("score", info.digest, "", str(info.path)), feature_code(ctx))

    def feature_row(_: Context, __: Model, day: date, key: Mapping[str, Any], versions: Mapping[str, int]) -> pa.Table:
        made.wanted.append((day, key, versions))
        return features_of(int(key["parcel"]))

    monkeypatch.setattr("assay.stages.explanation.prediction.version_model", scoring_model)
    monkeypatch.setattr("assay.stages.explanation.prediction.feature_row", feature_row)
    return made


def _served(made: Explained) -> None:
    """Version 1 was trained, judged on two days of a fold, and promoted by eva."""
    ctx = made.ctx
    days = {date(2024, 1, 20) + timedelta(days=n): _outcomes(n) for n in range(2)}
    fold = kept_fold(ctx, "linear-recipe", days, "fold-1")
    entry: dict[str, Any] = {"recipe": "linear-recipe", "digest": made.digest, "kind": "linear"}
    block = Interval(date(2024, 1, 20), date(2024, 1, 22))
    details = a_training(
        Interval(date(2024, 1, 1), DAY), [block], contenders={"linear": a_contender(**entry)},
        folds={"linear": (fold,)}, features=tuple(FEATURES), notes=("little history",),
    )  # fmt: skip
    ctx.ledger.append(ctx.record("train-1", "train", "parcels", Interval.of(DAY), RunStatus.DONE, details=details))
    from assay.store.ledger.run_details import FoldDetails

    fold_details = FoldDetails(
        block=block, window=block, known_on=DAY, inputs="i", outcomes={"linear-recipe": fold.digest},
        names={"linear-recipe": "linear"},
    )  # fmt: skip
    ctx.ledger.append(ctx.record("fold-1", "fold", "parcels", block, RunStatus.DONE, details=fold_details))
    finding = Finding("gate.pair", Status.PASS, "It is better by 0.05.")
    verdict = Verdict(Status.PASS, Action.PROMOTE, "Promote linear.", (finding,))
    ctx.runs.write("gate-1", VERDICT, verdict)
    ctx.ledger.append(
        ctx.record("gate-1", "gate", "parcels", Interval.of(DAY), Action.PROMOTE, verdict=verdict.summary)
    )
    code = feature_code(ctx)
    version = a_version(
        **entry, name="linear", subject="parcels", training="train-1", judged_by="gate-1",
        code=code.digest, feature_section=code.section, task=TaskType.CLASSIFICATION,
    )  # fmt: skip
    evidence = Evidence({ModelVersion(1): version})
    ctx.promotions.write(
        0, kind=PromotionKind.PROMOTE, champion=ModelVersion(1), why="it is better", run_id="gate-1", evidence=evidence
    )


def _outcomes(seed: int) -> OutcomeProfile:
    random = np.random.default_rng(seed)
    labels = random.random(200) < 0.4
    scores = np.clip(0.3 + 0.3 * labels + random.normal(0, 0.2, 200), 0, 1)
    return OutcomeProfile(label_scores(scores, labels))
