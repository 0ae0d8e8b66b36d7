"""The features of one row as of its scoring: computed again in Spark, by the code that built them."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from assay.core.explanation.key_values import KeyValue, read_as
from assay.core.interval import Interval
from assay.stages.features.inputs import feature_key, features_of, inputs_at_versions, read_inputs
from assay.stages.models.isolated_code import run_with_model_code
from assay.stages.models.model_versions import Model
from assay.stages.runtime.context import Context

if TYPE_CHECKING:
    import pyarrow as pa


def feature_row(
    ctx: Context, model: Model, day: date, key: Mapping[str, KeyValue], versions: Mapping[str, int]
) -> pa.Table:
    """Return the features of the rows with a key on a date, from the versions of the tables that the scoring read.

    The key has the partition column too. A table without a version is read at its newest one.
    """
    import pyarrow as pa

    kinds = dict(ctx.pipeline.columns(ctx.pipeline.spec.features.rows))
    typed = {name: [kinds.get(name, "date"), _text(value)] for name, value in key.items()}
    arguments = {"day": str(day), "key": typed, "versions": dict(versions)}
    answer = run_with_model_code(ctx, model, compute_features, arguments)
    return pa.ipc.open_stream(base64.b64decode(answer["rows"])).read_all()


def compute_features(ctx: Context, arguments: dict[str, Any]) -> dict[str, Any]:
    """Compute the features of a date, and return those of the rows with the key as an Arrow stream in base64."""
    import pyarrow as pa
    from pyspark.sql import functions as F

    from assay.spark.expressions import column
    from assay.spark.features.point_in_time import feature_columns

    inputs = inputs_at_versions(ctx, Interval.of(date.fromisoformat(arguments["day"])), arguments["versions"])
    frame = features_of(ctx, inputs, read_inputs(ctx, inputs))
    names = feature_columns(frame, feature_key(ctx))
    for name, (kind, text) in arguments["key"].items():
        frame = frame.where(column(name) == F.lit(read_as(text, kind)))
    rows = frame.select(*map(column, names)).toArrow()
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, rows.schema) as writer:
        writer.write_table(rows)
    return {"rows": base64.b64encode(sink.getvalue().to_pybytes()).decode()}


def _text(value: KeyValue) -> str:
    return value.isoformat() if isinstance(value, date | datetime) else str(value)
