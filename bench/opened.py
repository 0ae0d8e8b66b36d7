"""The project of the benches, opened with its landing in one folder and its lake in another."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from assay.spec.project import Project, load_pipeline
from assay.spec.schema.environment import load_environment
from assay.stages.runtime.context import Context
from bench.landing import PROJECT
from bench.setting import Setting


def context(setting: Setting, landed: Path, leaves: Path) -> Context:
    """Return the context of a stage; the session is shared.

    `landed` is the folder of the landed files, `leaves` the home of the run.
    """
    leaves.mkdir(parents=True, exist_ok=True)  # a home that is named has to exist
    environment = replace(load_environment(PROJECT, leaves, "local"), landing=str(landed))
    pipeline = load_pipeline(Project(PROJECT, leaves, environment), "bench")
    return Context(pipeline, claimed="bench", _spark=setting.spark)
