"""All that a verdict of the gate rests on, kept with its run, so that it can be computed again at any time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from assay.core.decisions.looks.gate_state import GateState
from assay.core.evaluation.contender import GatePolicy
from assay.core.interval import Interval
from assay.core.model_versions import ModelVersion
from assay.store.filesystem.document_format import DocumentFormat
from assay.store.ledger.run_details import FoldReference
from assay.store.ledger.run_documents import RunDocument


@dataclass(frozen=True, slots=True)
class StoredOutcomes:
    """Outcomes of some days, as a run stored them under a subject."""

    subject: str
    run_id: str
    days: tuple[date, ...]


@dataclass(frozen=True, slots=True)
class RefreshRival:
    """The scores that a refresh was judged beside: their name in the verdict, and where their outcomes are.

    A day that was not served is taken from the `folds` of `recipe`, those of a frozen model.
    """

    name: str
    outcomes: tuple[StoredOutcomes, ...]
    recipe: str = ""
    folds: tuple[FoldReference, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class GateInputs:
    """The inputs of a verdict beside the training's own folds, which its record names.

    - `policy` is the spec's gate at that time.
    - `folds` are the days of the newest folds.
    - `champion_folds` are empty where a contender has the champion's recipe: then its folds are the champion's too.
    - `state` is the memory of the gate before the training.
    - `promotion` is the number of the last promotion, and `served` has that of the newest one by recipe.
    """

    training: str
    policy: GatePolicy
    folds: Interval
    champion: ModelVersion | None
    champion_folds: tuple[FoldReference, ...]
    beside: tuple[RefreshRival, ...]
    state: GateState | None
    promotion: int
    served: Mapping[str, int]


GATE_INPUTS = RunDocument("inputs", DocumentFormat("gate-inputs", 1, GateInputs))
