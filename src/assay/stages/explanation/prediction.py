"""The account of one prediction: its scores, its model, the features' contributions, and the rows that it rests on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from math import isnan
from typing import TYPE_CHECKING

from assay.core.explanation.key_values import KeyValue, parse_key
from assay.core.explanation.score_parts import ScoreParts
from assay.errors import AssayError, InputError
from assay.stages.explanation.feature_row import feature_row
from assay.stages.explanation.input_rows import InputRows, input_rows
from assay.stages.explanation.missing_scores import no_score
from assay.stages.explanation.stored_scores import StoredScore, stored_scores
from assay.stages.explanation.version import VersionAccount, explain_version
from assay.stages.features.inputs import feature_key
from assay.stages.models.model_versions import Model, version_model
from assay.stages.runtime.context import Context
from assay.stages.runtime.spark_failures import spark_failures
from assay.stages.scoring.batch import CHAMPION_SCORE
from assay.store.ledger.run_details import ScoringDetails, TableRead
from assay.store.ledger.run_record import RunRecord

if TYPE_CHECKING:
    import pyarrow as pa

    from assay.models.explanation.explain_row import ExplainedRow


@dataclass(frozen=True, slots=True)
class Recomputed:
    """The score computed again from the tables that the scoring read, with the parts that sum to it.

    `difference` is the recomputed score less the stored one, 0 exactly where both are the same bits. The score before
    the model's calibrator is `raw_score`.
    """

    score: float
    stored: float | None
    is_equal: bool
    difference: float | None
    raw_score: float
    is_calibrated: bool
    parts: ScoreParts


@dataclass(frozen=True, slots=True)
class ScoringRun:
    """The run that made the score: who, when, why, its verdict on the day, and the versions of the tables it read."""

    run_id: str
    at: str
    who: str
    why: str
    status: str
    sentence: str
    read: Mapping[str, TableRead]


@dataclass(frozen=True, slots=True)
class PredictionAccount:
    """All that one prediction rests on.

    `explained` is the score of `scores` that the account is about. `recomputed` is None where it could not be computed
    again, and `note` has the reason.
    """

    pipeline: str
    date: date
    key: Mapping[str, KeyValue]
    explained: StoredScore
    scores: tuple[StoredScore, ...]
    run: ScoringRun
    recomputed: Recomputed | None
    note: str
    inputs: tuple[InputRows, ...]
    model: VersionAccount


def explain_prediction(ctx: Context, pairs: tuple[str, ...], day: date) -> PredictionAccount:
    """Return the account of the prediction of a key on a date; `pairs` are texts `column=value`.

    The served score is explained, and the held one where none is served. Spark computes the features again.

    Raises:
        InputError: The pairs are no key, the date was not scored, or it has no score of the key.
    """
    key = _key(ctx, pairs, day)
    scores = stored_scores(ctx, day, key)
    if not scores:
        raise no_score(ctx, day, key)
    explained = scores[0]
    record = ctx.ledger.record(explained.run_id)
    details = record.details_as(ScoringDetails)
    recomputed, note = _recomputed(ctx, explained, day, key, details)
    run = ScoringRun(
        record.run_id, record.at, str(record.actor), record.why, str(record.status), record.sentence, details.read
    )
    return PredictionAccount(
        pipeline=ctx.pipeline.name,
        date=day,
        key=key,
        explained=explained,
        scores=scores,
        run=run,
        recomputed=recomputed,
        note=note,
        inputs=input_rows(ctx, day, key, _first_scoring(ctx, record, details)),
        model=explain_version(ctx, explained.version),
    )


def _key(ctx: Context, pairs: tuple[str, ...], day: date) -> dict[str, KeyValue]:
    """Return the key with the partition column, which the date gives."""
    kinds = dict(ctx.pipeline.columns(ctx.pipeline.spec.features.rows))
    own = {name: kinds[name] for name in feature_key(ctx) if name != ctx.partition}
    others = [pair for pair in pairs if pair != f"{ctx.partition}={day}"]
    return {ctx.partition: day, **parse_key(others, own)}


def _first_scoring(ctx: Context, record: RunRecord, details: ScoringDetails) -> RunRecord:
    """Return the run that computed the score: of a released one, the run that was held."""
    released_from = getattr(details, "released_from", None)
    return record if released_from is None else ctx.ledger.record(released_from)


def _recomputed(
    ctx: Context, stored: StoredScore, day: date, key: Mapping[str, KeyValue], details: ScoringDetails
) -> tuple[Recomputed | None, str]:
    versions = {name: one.version for name, one in details.read.items()}
    try:
        model = version_model(ctx, stored.version, CHAMPION_SCORE)
        with spark_failures():
            rows = feature_row(ctx, model, day, key, versions)
        if rows.num_rows != 1:
            hint = "the features function has to give one row per key"
            raise InputError(f"the features have {rows.num_rows} rows of the key", code="features-keys", hint=hint)
        return _compared(stored, _explained(model, rows)), ""
    except AssayError as error:
        return None, f"the score could not be computed again: {error.message}"


def _explained(model: Model, rows: pa.Table) -> ExplainedRow:
    from assay.models.bundle.predictor import open_bundle
    from assay.models.explanation.explain_row import explain_row

    return explain_row(open_bundle(model.scoring.source, model.scoring.digest), rows)


def _compared(stored: StoredScore, made: ExplainedRow) -> Recomputed:
    difference = None if stored.score is None else made.score - stored.score
    return Recomputed(
        score=made.score,
        stored=stored.score,
        is_equal=difference == 0.0 or (stored.score is not None and isnan(stored.score) and isnan(made.score)),
        difference=difference,
        raw_score=made.raw_score,
        is_calibrated=made.calibrated,
        parts=made.parts,
    )
