"""A loader that leaves traces: which process loaded the model, and which ones scored with it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from assay.models.bundle.predictor import load_predictor

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

    from assay.models.bundle.predictor import Predict

LOADER = "bench.counting:load"
_SEPARATOR = "|"


def source(bundle: Path, traces: Path) -> str:
    """Return the loader's source: the bundle, and the folder to leave the traces in."""
    traces.mkdir(parents=True, exist_ok=True)
    return f"{bundle}{_SEPARATOR}{traces}"


def load(bundle_and_folder: str) -> Predict:
    """Return the bundle's predictor; each call adds a line to `loads`, each process that scores makes its own file."""
    bundle, _, folder = bundle_and_folder.partition(_SEPARATOR)
    traces = Path(folder)
    with (traces / "loads").open("a") as log:
        log.write(f"{os.getpid()}\n")
    predict = load_predictor(bundle)

    def traced(batch: pa.RecordBatch | pa.Table) -> np.ndarray:
        (traces / f"worker-{os.getpid()}").touch()
        return predict(batch)

    return traced


def counted(traces: Path) -> tuple[int, int]:
    """Return how often the model was loaded, and how many processes scored."""
    return len((traces / "loads").read_text().split()), len(list(traces.glob("worker-*")))
