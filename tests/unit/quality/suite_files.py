"""Suite files as a test writes them, and the checks that they are read as."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from assay.core.check import Check
from assay.quality.suite import load_suite

COLUMNS = {"air_time": "double", "distance": "int", "carrier": "string", "flight_date": "date", "late": "boolean"}
BETWEEN = "expect_column_values_to_be_between"
BY_SPARK = {"row_condition": "late", "condition_parser": "spark"}
BY_GX = {"row_condition": 'col("distance") > 1', "condition_parser": "great_expectations"}


def load(folder: Path, *entries: Any) -> list[Check]:
    path = folder / "outcomes.json"
    path.write_text(json.dumps({"name": "outcomes", "expectations": list(entries)}))
    return load_suite(path, COLUMNS)


def one(folder: Path, kind: str, **kwargs: Any) -> Check:
    return load(folder, {"type": kind, "kwargs": kwargs})[0]
