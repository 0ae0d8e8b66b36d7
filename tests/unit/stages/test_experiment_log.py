"""What an experiment leaves in MLflow: its parameters, its figures, and the rows of the fold it was measured on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from assay.core.evaluation.fold_grid import Fold
from assay.core.interval import Interval
from assay.core.profiles.from_arrays import label_scores
from assay.models.mlflow.run_contents import ContenderLog, Dataset
from assay.models.training.contenders import FittedContender
from assay.stages.evaluation.experiment import Tried, log_tried
from assay.stages.runtime.context import Context
from assay.store.ledger.run_details import TableRead

from .served_world import World

BLOCK = Interval(date(2024, 2, 1), date(2024, 2, 8))


@dataclass
class ExperimentRegistry:
    """The experiments that were logged, with their inputs."""

    logs: list[tuple[ContenderLog, Sequence[Dataset]]] = field(default_factory=list)

    def log_experiment(self, contender: ContenderLog, *, inputs: Sequence[Dataset], **_: Any) -> str:
        self.logs.append((contender, inputs))
        return "run"


def test_an_experiment_has_parameters_figures_and_the_rows_of_its_fold(
    parcels: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, registry = World(parcels), ExperimentRegistry()
    monkeypatch.setattr(parcels, "_registry", registry)
    window = Interval(date(2024, 1, 1), BLOCK.start)
    world.trained(date(2024, 3, 4), read={"parcels": TableRead(7, window.start, BLOCK.end)})
    [training] = parcels.ledger.records("train")
    estimator = SimpleNamespace(feature_importances_=[0.75, 0.25])
    encoder: Any = SimpleNamespace(names=["weight", "depot"])
    fitted = FittedContender("tree", "candidate", 2, estimator, encoder, {"depth": 3}, (), "roc_auc", 0.7, 1.0, 100)
    scores = label_scores(np.array([0.1, 0.4, 0.8, 0.9]), np.array([0, 1, 0, 1]))
    run = log_tried(parcels, training, Tried(fitted, Fold(BLOCK, window), [scores]), "is one tree enough?")
    [(log, inputs)] = registry.logs
    assert (run, log.params, log.description) == ("run", {"kind": "candidate", "depth": 3}, "is one tree enough?")
    assert set(log.figures) == {"roc.png", "pr.png", "calibration.png", "importance.png"}
    assert {"validation.roc_auc", "holdout.roc_auc", "holdout.rows"} <= log.metrics.keys()
    assert [(one.name, one.version, one.context) for one in inputs] == [
        ("parcels", 7, "training"),
        ("parcels 2024-02-01..2024-02-07", 7, "holdout"),
    ]
