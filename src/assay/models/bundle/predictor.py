"""Turn a bundle on disk into a function that scores batches; every file is checked before any is read."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from assay.core.task_type import TaskType
from assay.core.text import quantity
from assay.errors import InputError
from assay.models.estimators.calibrator import Calibrator, calibrator_from
from assay.models.estimators.encoder import Encoder
from assay.models.estimators.serialization import from_bytes

MANIFEST = "bundle.json"
CALIBRATOR = "calibrator.json"
FORMAT = 1

Predict = Callable[[pa.RecordBatch | pa.Table], npt.NDArray[np.float64]]


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle whose files match its manifest; `files` holds their bytes, so that nothing is read a second time."""

    path: Path
    digest: str
    manifest: Mapping[str, Any]
    files: Mapping[str, bytes]

    @property
    def model_file(self) -> str:
        """The name of the one model file.

        Raises:
            InputError: There is none, or there are several.
        """
        names = sorted(name for name in self.files if name.startswith("model."))
        if len(names) != 1:
            raise refused(self.path, f"it holds {quantity(len(names), 'model')}")
        return names[0]

    @property
    def calibrator(self) -> Calibrator | None:
        """The calibrator of the model's scores, None without one.

        Raises:
            InputError: Its file holds something else.
        """
        if CALIBRATOR not in self.files:
            return None
        try:
            return calibrator_from(self.files[CALIBRATOR])
        except (ValueError, RecursionError) as error:
            raise refused(self.path, f"{CALIBRATOR} cannot be read: {error}") from error

    @property
    def task(self) -> TaskType:
        """The model's task; a bundle that was written before there were regressors has no entry for it."""
        return TaskType(self.manifest.get("task", TaskType.CLASSIFICATION))

    @property
    def features(self) -> list[str]:
        """The features that the model was given, in the signature's order."""
        return [feature["name"] for feature in self.manifest["features"]]


def load_predictor(bundle_dir: str | Path, expected_digest: str | None = None, *, threads: int = 1) -> Predict:
    """Return a function from a batch with the bundle's features to one float64 score per row.

    A score is a probability or a number. The same code runs on the driver and on executors. It imports xgboost or skops
    only for a model that needs it, and never the user's code.

    Raises:
        InputError: A file does not match the manifest, or the manifest does not match the ledger's `expected_digest`
            where that is given. This is checked before anything of the file is interpreted.
    """
    return predictor(open_bundle(bundle_dir, expected_digest), threads=threads)


def predictor(bundle: Bundle, *, threads: int = 1) -> Predict:
    """Return the function of `load_predictor` for a bundle that is open already."""
    raw, calibrator = raw_predictor(bundle, threads=threads), bundle.calibrator
    return raw if calibrator is None else lambda batch: calibrator(raw(batch))


def raw_predictor(bundle: Bundle, *, threads: int = 1) -> Predict:
    """Return the function of `predictor` without the calibrator: the model's own scores."""
    encoder = Encoder.from_json(json.loads(bundle.files["encoder.json"]))
    score = from_bytes(bundle.model_file, bundle.files[bundle.model_file], threads, bundle.task)

    def predict(batch: pa.RecordBatch | pa.Table) -> npt.NDArray[np.float64]:
        if not batch.num_rows:
            return np.zeros(0, dtype=np.float64)
        return score(encoder.encode(batch))

    return predict


def open_bundle(bundle_dir: str | Path, expected_digest: str | None = None) -> Bundle:
    """Return the bundle in `bundle_dir`, every byte checked against its manifest, and that against `expected_digest`.

    Raises:
        InputError: A file is missing, changed, not in the manifest, or not a plain name; the error names it.
    """
    root = Path(bundle_dir)
    if not root.is_dir():
        raise refused(root, "there is no such folder")
    raw = _read(root, MANIFEST)
    digest = hashlib.sha256(raw).hexdigest()
    if expected_digest is not None and digest != expected_digest:
        raise refused(root, f"{MANIFEST} was changed: its digest is {digest[:12]}, not {expected_digest[:12]}")
    manifest = _parse(root, raw)
    files: dict[str, bytes] = {}
    for name, sha256 in manifest["files"].items():
        if not _plain(name):
            raise refused(root, f"its manifest names '{name}', which is not a plain file name")
        files[name] = _read(root, name)
        if hashlib.sha256(files[name]).hexdigest() != sha256:
            raise refused(root, f"{name} was changed")
    strangers = sorted(path.name for path in root.iterdir() if path.name != MANIFEST and path.name not in files)
    if strangers:
        raise refused(root, f"{strangers[0]} is not in its manifest")
    if "encoder.json" not in files:
        raise refused(root, "encoder.json is missing")
    return Bundle(root, digest, manifest, files)


def refused(root: Path, why: str) -> InputError:
    """The error for every bundle that is refused."""
    return InputError(
        f"Assay refuses the bundle {root.name}: {why}",
        code="bundle-refused",
        hint="train again, or restore the bundle's files; a changed bundle is never loaded",
    )


def _parse(root: Path, raw: bytes) -> dict[str, Any]:
    try:
        manifest = json.loads(raw)
        files, version = manifest["files"], manifest["format"]
        good = version == FORMAT and isinstance(files, dict) and all(isinstance(x, str) for x in files.values())
        good = good and all(isinstance(feature["name"], str) for feature in manifest["features"])
        good = good and manifest.get("task", TaskType.CLASSIFICATION) in list(TaskType)
    except (ValueError, KeyError, TypeError, RecursionError):
        good = False
    if not good:
        raise refused(root, f"{MANIFEST} is not a manifest of format {FORMAT}")
    return dict(manifest)


def _plain(name: str) -> bool:
    return bool(name) and name not in (".", "..", MANIFEST) and not any(sign in name for sign in "/\\:\0")


def _read(root: Path, name: str) -> bytes:
    path = root / name
    if path.is_symlink():
        raise refused(root, f"{name} is a link, not a file")
    if not path.is_file():
        raise refused(root, f"{name} is missing")
    return path.read_bytes()
