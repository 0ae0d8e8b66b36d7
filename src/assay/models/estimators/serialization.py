"""Write and read models in formats that hold data and no code: UBJSON, skops or JSON, never a pickle."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import numpy as np
import numpy.typing as npt

from assay.core.task_type import TaskType, impossible
from assay.errors import InputError
from assay.models.estimators.baselines import Constant, Mean
from assay.models.estimators.naive import NaiveForecast
from assay.models.estimators.task_scores import scores_of
from assay.models.estimators.trusted_types import TRUSTED
from assay.spec.user_code.calls import said_by

Matrix = npt.NDArray[Any]
Score = Callable[[Matrix], npt.NDArray[np.float64]]


_FORMAT_HINT = "restore the bundle from a backup, use the version of Assay that wrote it, or train again"


def is_xgboost(estimator: Any) -> bool:
    """Return whether `estimator` is one of xgboost, without importing xgboost."""
    return any(kind.__module__.split(".")[0] == "xgboost" for kind in type(estimator).__mro__)


def to_bytes(estimator: Any, name: str) -> tuple[str, bytes]:
    """Return the file name and the bytes of a fitted model.

    The same xgboost model always gives the same bytes. A skops file does not, since skops names its parts by memory
    address.

    Raises:
        InputError: No format without code can hold the model.
    """
    if isinstance(estimator, Constant | Mean | NaiveForecast):
        return "model.json", json.dumps(asdict(estimator)).encode()
    if is_xgboost(estimator):
        return "model.ubj", bytes(estimator.get_booster().save_raw("ubj"))
    return "model.skops", _skops_bytes(estimator, name)


def check_storable(estimator: Any, name: str) -> None:
    """Check, before a fit is spent, that the parts of the unfitted `estimator` can be stored.

    A part that only a fit adds is found in the first trial.

    Raises:
        InputError: They cannot be stored, as `to_bytes` raises it for the fitted estimator.
    """
    if not isinstance(estimator, Constant | Mean | NaiveForecast) and not is_xgboost(estimator):
        _skops_bytes(estimator, name)


def check_stored(estimator: Any, name: str, matrix: Matrix, task: TaskType) -> None:
    """Check that the fitted `estimator`, stored and read back, scores the rows of `matrix` as it does itself.

    Raises:
        InputError: It cannot be stored, or the model that is read back is another one.
    """
    file, data = to_bytes(estimator, name)
    if file != "model.skops" or not len(matrix):
        return
    again, here = from_bytes(file, data, task=task)(matrix), scores_of(estimator, matrix, task)
    if not np.allclose(again, here, rtol=1e-6, atol=1e-6, equal_nan=True):
        raise _unsafe(name, "read back from its file, it gives other scores")


def _skops_bytes(estimator: Any, name: str) -> bytes:
    import skops.io

    try:
        data: bytes = skops.io.dumps(estimator)
        unknown = sorted(set(skops.io.get_untrusted_types(data=data)) - set(TRUSTED))
    except Exception as error:
        raise _unsafe(name, said_by(error)) from error
    if unknown:
        raise _unsafe(name, "it holds " + ", ".join(unknown))
    return data


def from_bytes(file: str, data: bytes, threads: int = 1, task: TaskType = TaskType.CLASSIFICATION) -> Score:
    """Return the function from a matrix to the scores of its rows that `to_bytes` stored; no code of the file runs.

    Raises:
        InputError: The bytes do not match the format of the file's name, or hold types outside of `TRUSTED`.
    """
    readers = {"model.json": _read_numbers, "model.ubj": _read_xgboost, "model.skops": _read_skops}
    if file not in readers:
        raise InputError(f"'{file}' is not a model format that Assay loads", code="model-format", hint=_FORMAT_HINT)
    try:
        return readers[file](data, threads, task)
    except Exception as error:
        first_line = (str(error).splitlines() or [""])[0]
        raise InputError(
            f"'{file}' cannot be loaded as a model: {type(error).__name__}: {first_line}",
            code="model-format",
            hint=_FORMAT_HINT,
        ) from error


def _read_numbers(data: bytes, _threads: int, task: TaskType) -> Score:
    numbers = json.loads(data)
    value = float(numbers["rate" if task is TaskType.CLASSIFICATION else "mean"])
    center = float(numbers.get("center", 0.0))
    for number in (value, center):
        if impossible(task, np.array([number])).any():
            raise ValueError(f"{number} is no {task.score}")
    if "center" in numbers:
        return NaiveForecast(center, value).predict
    return lambda matrix: np.full(len(matrix), value)


def _read_xgboost(data: bytes, threads: int, _task: TaskType) -> Score:
    import xgboost

    booster = xgboost.Booster({"nthread": threads})
    booster.load_model(bytearray(data))
    # The saved model may carry the threads of the machine that fitted it.
    booster.set_param({"nthread": threads})
    return lambda matrix: np.asarray(booster.inplace_predict(matrix), dtype=np.float64)


def _read_skops(data: bytes, _threads: int, task: TaskType) -> Score:
    import skops.io

    estimator = skops.io.loads(data, trusted=list(TRUSTED))
    return lambda matrix: scores_of(estimator, matrix, task)


def _unsafe(name: str, why: str) -> InputError:
    return InputError(
        f"the candidate '{name}' cannot be stored without a pickle: {why}",
        code="unsafe-model",
        hint="a model file must not be able to run code: use xgboost, or scikit-learn's own estimators without "
        "functions of yours (docs/training.md lists them). Your own code belongs into the features",
    )
