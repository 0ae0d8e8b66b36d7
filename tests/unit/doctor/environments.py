"""An environment on this machine, whose single fields a test replaces."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from assay.spec.schema.environment import Environment


def environment_in(folder: Path, **changes: Any) -> Environment:
    place = Environment(
        name="local", master="local[2]", spark={}, lake=str(folder / "lake"), landing=str(folder / "landing"),
        mlflow_tracking=f"sqlite:///{folder}/mlflow.db", mlflow_artifacts="", staging=str(folder / "staging"),
    )  # fmt: skip
    return replace(place, **changes)
