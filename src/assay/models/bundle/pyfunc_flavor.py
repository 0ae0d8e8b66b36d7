"""The bundle as MLflow reads models: an MLmodel file beside it, and the loader that the file names."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from assay.errors import InfrastructureError
from assay.models.bundle.predictor import Bundle, Predict, load_predictor, open_bundle

if TYPE_CHECKING:
    from mlflow.models.signature import ModelSignature

FOLDER = "bundle"
"""The folder of the bundle beside MLmodel, so that the digest covers none of the files that MLflow adds."""


class PyfuncModel:
    """The object that `mlflow.pyfunc.load_model` returns: a bundle that scores pandas frames."""

    def __init__(self, predict: Predict, schema: pa.Schema) -> None:
        self._predict = predict
        self._schema = schema

    def predict(self, model_input: Any, params: dict[str, Any] | None = None) -> npt.NDArray[np.float64]:
        """Return one score per row of the pandas frame `model_input`; MLflow's `params` have no meaning here."""
        del params
        schema = pa.schema([field for field in self._schema if field.name in model_input.columns])
        return self._predict(pa.Table.from_pandas(model_input[schema.names], schema=schema, preserve_index=False))


def _load_pyfunc(path: str) -> PyfuncModel:  # the name is MLflow's
    return PyfuncModel(load_predictor(path), _read_schema(open_bundle(path)))


def write_model(directory: Path, bundle_dir: Path, *, model_id: str, run_id: str) -> None:
    """Write `directory` as an MLflow model around a copy of the bundle: MLmodel and `bundle/`."""
    from mlflow.models import Model

    bundle = open_bundle(bundle_dir)
    shutil.copytree(bundle_dir, directory / FOLDER)
    model = Model(run_id=run_id, model_id=model_id, model_uuid=model_id, signature=signature_of(bundle))
    model.add_flavor("python_function", loader_module="assay.models.bundle.pyfunc_flavor", data=FOLDER)
    model.metadata = {"assay_bundle": bundle.digest}
    model.save(str(directory / "MLmodel"))


def check_signature(directory: Path, bundle_dir: Path) -> None:
    """Check that the MLmodel in `directory` still holds the signature of the bundle.

    MLflow can lose a signature with nullable columns without an error (its issue 25593).

    Raises:
        InfrastructureError: The signature is lost.
    """
    from mlflow.models import Model

    kept = Model.load(str(directory / "MLmodel")).signature
    if kept is None or kept != signature_of(open_bundle(bundle_dir)):
        raise InfrastructureError(
            "MLflow lost the model's signature",
            code="signature-lost",
            hint="train again; if it stays, report it with MLflow's version",
        )


def signature_of(bundle: Bundle) -> ModelSignature:
    """The signature of a bundle: every feature, each of which may be missing, and one score.

    Whole numbers are declared as doubles, since pandas has no whole number that may be missing.
    """
    from mlflow.models.signature import ModelSignature
    from mlflow.types import ColSpec, DataType, Schema

    kinds = {pa.string(): DataType.string, pa.bool_(): DataType.boolean}
    columns: list[Any] = [
        ColSpec(kinds.get(field.type, DataType.double), field.name, required=False) for field in _read_schema(bundle)
    ]
    return ModelSignature(Schema(columns), Schema([ColSpec(DataType.double, "score")]))


def _read_schema(bundle: Bundle) -> pa.Schema:
    kinds = {"string": pa.string(), "large_string": pa.string(), "bool": pa.bool_()}
    return pa.schema([(item["name"], kinds.get(item["type"], pa.float64())) for item in bundle.manifest["features"]])
