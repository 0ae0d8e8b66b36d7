"""The recipe of a contender: all that makes it except the data. The same recipe on newer data is a refresh."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from assay.core.evaluation.contender import CANDIDATE, CONSTANT, LINEAR, NAIVE, naive_name
from assay.spec.user_code.functions import code_digest
from assay.spec.user_code.imported_code import code_files
from assay.spec.user_code.package import zip_of_files
from assay.stages.models.model_versions import FeatureCode, feature_code
from assay.stages.runtime.context import Context


@dataclass(frozen=True, slots=True)
class Procedure:
    """The code and the settings that make the contenders of a training.

    - `features` builds the features.
    - `candidates` names the function of the candidates, and `candidates_code` is the digest of its code; both are empty
      without one.
    - `train` is the spec's section, as in YAML.
    - `lock` is the digest of the environment's lock.
    """

    features: FeatureCode
    candidates: str
    candidates_code: str
    train: Mapping[str, Any]
    lock: str


def procedure_of(ctx: Context, candidates: str | None) -> Procedure:
    """Return today's procedure, with the function of the candidates that a training names."""
    spec = ctx.pipeline.spec.train
    section = spec.model_dump(mode="json", by_alias=True, exclude={"candidates", "driver_budget"})
    for name in ("window", "validation"):
        if isinstance(section.get(name), int):
            section[name] = f"{section[name]} days"
    digest = code_digest(candidates) if candidates else ""
    lock = hashlib.sha256(environment_lock(ctx)).hexdigest()
    return Procedure(feature_code(ctx), candidates or "", digest, section, lock)


def recipe_of(ctx: Context, procedure: Procedure, name: str, kind: str) -> str:
    """Return the digest of a contender's recipe.

    It is made of its kind and name, the code of features and candidates, the sections of the spec that decide a model,
    and the lock of the environment. The baselines do not depend on the candidates. No other model depends on the list
    of naive baselines, and of these each depends on its own name alone.
    """
    spec = ctx.pipeline.spec
    whole = {
        "kind": kind,
        "name": name,
        "features": procedure.features.digest,
        "candidates": procedure.candidates_code if kind == CANDIDATE else "",
        "section": ctx.pipeline.section_digest("features", "label", "as_of", "timezone"),
        "train": {key: value for key, value in procedure.train.items() if key != "naive"},
        "metric": spec.gate.metric,
        "lock": procedure.lock,
    }
    return hashlib.sha256(json.dumps(whole, sort_keys=True).encode()).hexdigest()[:16]


def recipes_of(ctx: Context, procedure: Procedure, candidates: Mapping[str, Any]) -> dict[str, str]:
    """Return the recipe of each contender of a training by its name, the baselines first."""
    naive = dict.fromkeys(naive_names(ctx), NAIVE)
    kinds = {CONSTANT: CONSTANT, **naive, LINEAR: LINEAR, **dict.fromkeys(candidates, CANDIDATE)}
    return {name: recipe_of(ctx, procedure, name, kind) for name, kind in kinds.items()}


def naive_names(ctx: Context) -> list[str]:
    """Return the names of the naive baselines."""
    return [naive_name(feature) for feature in ctx.pipeline.spec.train.naive]


def procedure_zip(ctx: Context, candidates: str | None) -> bytes:
    """Return the code of features and candidates as one zip that Python can import from."""
    files = code_files(ctx.pipeline.spec.features.function)
    return zip_of_files(files | code_files(candidates) if candidates else files)


def environment_lock(ctx: Context) -> bytes:
    """Return the project's uv.lock, or where there is none the names and versions of what is installed."""
    lock = ctx.pipeline.project.root / "uv.lock"
    if lock.is_file():
        return lock.read_bytes()
    from importlib.metadata import distributions

    names = sorted({f"{d.metadata['Name']}=={d.version}" for d in distributions()})
    return ("\n".join(names) + "\n").encode()
