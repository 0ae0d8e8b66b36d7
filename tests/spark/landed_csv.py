"""CSV files as they land, with a schema for them."""

from __future__ import annotations

import gzip
from datetime import date
from pathlib import Path
from typing import Any

from pyspark.sql import Row, SparkSession

from assay.spark.landing.landed_rows import read_landed
from assay.spark.landing.row_columns import REASON
from assay.spec.schema.table import TableSchema

DAY = date(2013, 1, 5)


def schema(*columns: str, **more: Any) -> TableSchema:
    """A schema from `name type` texts, `name type format` for a format."""
    parts = [column.split(" ", 2) for column in columns]
    described = [{"name": p[0], "type": p[1], **({"format": p[2]} if len(p) > 2 else {})} for p in parts]
    return TableSchema.model_validate({"columns": described, **more})


def land(folder: Path, name: str, text: str) -> str:
    """Write a file of that text; its path."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    return str(path)


def one_column(spark: SparkSession, folder: Path, kind: str, texts: list[str], **more: Any) -> list[Row]:
    """(value, reason) of each text, landed as the column `x` of that type beside the column `n`."""
    lines = "".join(f"{n};{text}\n" for n, text in enumerate(texts))
    path = land(folder, "one.csv", f"n;x\n{lines}")
    shape = schema("n int", f"x {kind}", delimiter=";", **more)
    return read_landed(spark, {path: DAY}, shape, "day", zone="UTC").orderBy("n").select("x", REASON).collect()
