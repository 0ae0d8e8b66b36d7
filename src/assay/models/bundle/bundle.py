"""A model version as files: model, encoder, calibrator, code, training Profile, and rows with their scores."""

from __future__ import annotations

import dataclasses
import gzip
import hashlib
import io
import json
import platform
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from assay.core.profiles.exact_sums import sum_to_json
from assay.core.profiles.table_profile import TableProfile
from assay.errors import InputError
from assay.models.bundle.model_code import check_code
from assay.models.bundle.predictor import (
    CALIBRATOR,
    FORMAT,
    MANIFEST,
    Bundle,
    open_bundle,
    raw_predictor,
    refused,
)
from assay.models.estimators.calibrator import calibrator_bytes
from assay.models.estimators.serialization import to_bytes

if TYPE_CHECKING:
    from assay.models.training.contenders import FittedContender

CANARIES = 1_000
"""Rows that are stored with their scores: enough to reach every branch that matters, few enough to score quickly."""

TOLERANCE = 1e-6
SCORE = "_assay_score"
RAW_SCORE = "_assay_raw_score"
PACKAGES = ("assay", "numpy", "pyarrow", "xgboost-cpu", "xgboost", "scikit-learn", "skops")


@dataclasses.dataclass(frozen=True, slots=True)
class BundleInfo:
    """A bundle as written: `digest` is that of its manifest, which holds the digest of every file."""

    path: Path
    digest: str
    model_file: str
    files: Mapping[str, str]


@dataclasses.dataclass(frozen=True, slots=True)
class Provenance:
    """The origin of a model: its recipe, the digests of code and spec, the data read, who requested it and why."""

    recipe: str
    code_digest: str
    spec_digest: str
    read: Mapping[str, Any]
    who: str
    why: str


def write_bundle(
    directory: str | Path,
    fitted: FittedContender,
    *,
    profile: TableProfile,
    features: Sequence[str],
    canary: pa.Table,
    code_zip: bytes,
    environment_lock: bytes | str,
    origin: Provenance,
    encode_profile: Callable[[TableProfile], Mapping[str, Any]] = dataclasses.asdict,
) -> BundleInfo:
    """Write the bundle of `fitted`, whole in `directory` or not there at all; a folder that exists is not touched.

    `canary` holds rows of the features, of which the first 1,000 are taken. The model as read back from its own bytes
    scores them, and its scores must agree with those of the model in memory.

    Raises:
        InputError: The scores do not agree, there are no canary rows, only a pickle could hold the estimator, or
            `code_zip` has an unsafe name.
    """
    target = Path(directory)
    if target.exists():
        raise InputError(
            f"the folder {target.name} of the bundle exists already",
            code="bundle-exists",
            hint="remove that folder, or name a new one",
        )
    lock = environment_lock.encode() if isinstance(environment_lock, str) else environment_lock
    check_code(target, code_zip)
    if not canary.num_rows:
        raise InputError(
            "a bundle needs canary rows, and there is none",
            code="no-canary",
            hint="give at least one row of the features",
        )
    canary = canary.select(list(features)).slice(0, CANARIES)
    model_file, model = to_bytes(fitted.estimator, fitted.name)
    files = {
        model_file: model,
        "encoder.json": _json(fitted.encoder.to_json()),
        "profile.json.gz": gzip.compress(_json(encode_profile(profile)), mtime=0),
        "code.zip": code_zip,
        "requirements.txt": lock,
    }
    if fitted.recalibrated is not None and fitted.recalibrated.calibrator is not None:
        files[CALIBRATOR] = calibrator_bytes(fitted.recalibrated.calibrator)
    files["canary.arrow"] = _canaries(target, fitted, canary, files)
    manifest = _manifest(fitted, origin, canary.schema, files, hashlib.sha256(lock).hexdigest())
    raw = _json(manifest)
    _place(target, files | {MANIFEST: raw})
    return BundleInfo(target, hashlib.sha256(raw).hexdigest(), model_file, manifest["files"])


def verify_bundle(directory: str | Path, expected_digest: str) -> None:
    """Check that the bundle is the one in the ledger, and that this environment scores its canary rows as training did.

    Raises:
        InputError: A file was changed, a name in the code is unsafe, or the scores differ. The message ("... refuses
            the bundle ...") names the file or the name, or the difference and the versions that are others.
    """
    bundle = open_bundle(directory, expected_digest)
    for needed in ("code.zip", "canary.arrow"):
        if needed not in bundle.files:
            raise refused(bundle.path, f"{needed} is missing")
    check_code(bundle.path, bundle.files["code.zip"])
    rows = pa.ipc.open_file(pa.BufferReader(bundle.files["canary.arrow"])).read_all()
    if not rows.num_rows:
        raise refused(bundle.path, "it holds no canary rows")
    calibrator, moved = bundle.calibrator, _moved(bundle)
    raw = raw_predictor(bundle)(rows)
    if calibrator is None:
        _compare(bundle.path, raw, rows[SCORE].to_numpy(), moved)
        return
    if RAW_SCORE not in rows.column_names:
        raise refused(bundle.path, "its canary rows lack the scores before the calibrator")
    # The calibrator is compared by itself: where it is steep, it would enlarge what the model may be apart.
    _compare(bundle.path, raw, rows[RAW_SCORE].to_numpy(), moved)
    _compare(bundle.path, calibrator(rows[RAW_SCORE].to_numpy()), rows[SCORE].to_numpy(), moved)


def _canaries(target: Path, fitted: FittedContender, canary: pa.Table, files: Mapping[str, bytes]) -> bytes:
    bundle = Bundle(target, "", {"features": [], "task": fitted.task}, files)
    raw, calibrator = raw_predictor(bundle)(canary), bundle.calibrator
    _compare(target, raw, fitted.raw_score(canary), "")
    table = canary
    if calibrator is not None:
        table = table.append_column(RAW_SCORE, pa.array(raw, pa.float64()))
    scores = raw if calibrator is None else calibrator(raw)
    table = table.append_column(SCORE, pa.array(scores, pa.float64())).replace_schema_metadata(None)
    sink = io.BytesIO()
    with pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue()


def _compare(target: Path, scores: Any, expected: Any, moved: str) -> None:
    if not np.isfinite(scores).all():
        raise refused(target, "its model gives canary rows scores that are no numbers")
    # The difference is relative where scores are larger than 1, which no probability is.
    off = float((np.abs(scores - expected) / np.maximum(1.0, np.abs(expected))).max())
    if not off <= TOLERANCE:
        raise refused(target, f"its canary rows score up to {off:.2g} apart from training{moved}")


def _manifest(
    fitted: FittedContender, origin: Provenance, schema: pa.Schema, files: Mapping[str, bytes], lock_digest: str
) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "name": fitted.name,
        "kind": fitted.kind,
        "task": fitted.task.value,
        "complexity": fitted.complexity,
        "parameters": dict(fitted.parameters),
        "metric": fitted.metric,
        "validation": fitted.validation,
        "rows": fitted.rows,
        "notes": list(fitted.notes),
        "features": [{"name": field.name, "type": str(field.type), "nullable": True} for field in schema],
        **dataclasses.asdict(origin),
        "lock_digest": lock_digest,
        "versions": _versions(),
        "files": {name: hashlib.sha256(data).hexdigest() for name, data in sorted(files.items())},
    }


def _versions() -> dict[str, str]:
    versions = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            versions[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return versions


def _moved(bundle: Bundle) -> str:
    here = _versions()
    moved = [
        f"{name} {version} then, {here.get(name, 'absent')} here"
        for name, version in bundle.manifest.get("versions", {}).items()
        if here.get(name) != version
    ]
    return f" ({'; '.join(moved)})" if moved else ""


def _place(target: Path, files: Mapping[str, bytes]) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    building = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    try:
        for name, data in files.items():
            (building / name).write_bytes(data)
        building.chmod(0o755)
        building.rename(target)
    except BaseException:
        shutil.rmtree(building, ignore_errors=True)
        raise


def _json(data: Any) -> bytes:
    return json.dumps(data, indent=1, sort_keys=True, allow_nan=False, default=_plain_number).encode()


def _plain_number(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, Fraction):
        return sum_to_json(value)
    raise TypeError(f"{type(value).__name__} has no place in a bundle")
