"""The contents of MLflow's runs: a training, its contenders, the tables that were read, and the gate's verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Dataset:
    """A Delta table as it was read: its name, path, version, and the types of its columns by name."""

    name: str
    path: str
    version: int
    columns: Mapping[str, str] = field(default_factory=dict)
    context: str = "training"

    @property
    def digest(self) -> str:
        """The version, by which MLflow distinguishes two states of a table."""
        return str(self.version)


@dataclass(frozen=True, slots=True)
class ContenderLog:
    """The content of a contender's child run; `bundle` is the folder to log as its model, None for none.

    `figures` maps file names to the bytes of PNG or SVG files. `trials` has a row per trial, whose numbers are drawn
    over the trial's number.
    """

    name: str
    params: Mapping[str, Any] = field(default_factory=dict)
    metrics: Mapping[str, float | None] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    figures: Mapping[str, bytes] = field(default_factory=dict)
    trials: Sequence[Mapping[str, Any]] = ()
    description: str = ""
    bundle: Path | None = None
    bundle_digest: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingLog:
    """The content of a training's parent run, and its contenders; `run_id` is Assay's, and `name` is shown by MLflow.

    The tags (code, lock and spec digest, why, ...) go to every run of the training.
    """

    run_id: str
    name: str
    contenders: Sequence[ContenderLog] = ()
    inputs: Sequence[Dataset] = ()
    params: Mapping[str, Any] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    description: str = ""
    figures: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Child:
    """A child run in MLflow, and the model logged with it."""

    run_id: str
    model_id: str = ""
    model_uri: str = ""


@dataclass(frozen=True, slots=True)
class TrainingRun:
    """A training in MLflow: the parent run, and a child per contender."""

    parent_run_id: str
    children: Mapping[str, Child]


@dataclass(frozen=True, slots=True)
class DatedValue:
    """The value of the metric `name` on a day, or over the days of a fold that begins on it; None is not logged."""

    name: str
    day: date
    value: float | None


@dataclass(frozen=True, slots=True)
class ContenderVerdict:
    """The gate's verdict on one contender: its place (won, challenger, refused ...), a sentence, metrics, figures.

    The metrics are those over the whole holdout, and `folds` those of each fold.
    """

    place: str = ""
    sentence: str = ""
    metrics: Mapping[str, float | None] = field(default_factory=dict)
    figures: Mapping[str, bytes] = field(default_factory=dict)
    folds: Sequence[DatedValue] = ()


@dataclass(frozen=True, slots=True)
class ChampionVerdict:
    """The champion's recipe on the holdout of a training: its own run in MLflow, and what the gate measured of it."""

    name: str
    run_id: str
    measured: ContenderVerdict


@dataclass(frozen=True, slots=True)
class VerdictLog:
    """The gate's verdict on a training: `headline` for the list of runs, `table` (a row per contender) for its page.

    `holdout` are the rows that all of them were measured on, `champion` is None without one.
    """

    action: str
    sentence: str
    headline: str = ""
    table: Sequence[Mapping[str, Any]] = ()
    metrics: Mapping[str, float | None] = field(default_factory=dict)
    figures: Mapping[str, bytes] = field(default_factory=dict)
    contenders: Mapping[str, ContenderVerdict] = field(default_factory=dict)
    champion: ChampionVerdict | None = None
    holdout: Dataset | None = None
