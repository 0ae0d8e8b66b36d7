"""The packages of other monitors on the rows of one pipeline; it runs in the environment of the peers alone.

`python packages.py ROWS.npz ANSWER.json` reads `values` (columns x days x rows, NaN for missing), `is_text`,
`training` and `names`. For each package it writes the values and the alarms of the days after the training, columns x
days, or the error that the package raised.
"""

from __future__ import annotations

import json
import logging
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

FIRST = pd.Timestamp("2013-01-01")
TIME = "time"
RED = 2


class PipelineRows:
    """The rows of a pipeline as the packages read them."""

    def __init__(self, file: Path) -> None:
        with np.load(file) as arrays:
            values, self.training = arrays["values"], int(arrays["training"])
            self.names = [str(name) for name in arrays["names"]]
            self.texts = [name for name, text in zip(self.names, arrays["is_text"], strict=True) if text]
        days, rows = values.shape[1:]
        self.served = days - self.training
        frame = pd.DataFrame({name: one.ravel() for name, one in zip(self.names, values, strict=True)})
        for name in self.texts:
            frame[name] = frame[name].map(lambda value: f"v{int(value)}", na_action="ignore").astype(object)
        frame[TIME] = np.repeat(pd.date_range(FIRST, periods=days), rows)
        self.reference, self.analysis = frame[: self.training * rows], frame[self.training * rows :]

    def day(self, n: int) -> Any:
        """Return the rows of the served day n."""
        rows = len(self.analysis) // self.served
        return self.analysis[n * rows : (n + 1) * rows]


def nannyml(rows: PipelineRows, continuous: str) -> dict[str, Any]:
    """Return the distances, and the alarms at 3 standard deviations of them or of the share of missing values."""
    import nannyml as nml

    drift = nml.UnivariateDriftCalculator(
        column_names=rows.names,
        treat_as_categorical=rows.texts,
        timestamp_column_name=TIME,
        continuous_methods=[continuous],
        categorical_methods=["jensen_shannon"],
        chunk_period="D",
    )
    drift.fit(rows.reference)
    drifted = drift.calculate(rows.analysis).filter(period="analysis").to_df()
    missing = nml.MissingValuesCalculator(column_names=rows.names, timestamp_column_name=TIME, chunk_period="D")
    missing.fit(rows.reference)
    empty = missing.calculate(rows.analysis).filter(period="analysis").to_df()
    values, alarms = [], []
    for name in rows.names:
        method = "jensen_shannon" if name in rows.texts else continuous
        values.append(drifted[name, method, "value"].to_list())
        loud = drifted[name, method, "alert"].to_numpy(bool) | empty[name, "alert"].to_numpy(bool)
        alarms.append(loud.tolist())
    return {"values": values, "alarms": alarms}


def evidently(rows: PipelineRows) -> dict[str, Any]:
    """Return the drift scores and decisions of the preset for data drift, one report for each day."""
    from evidently import DataDefinition, Dataset, Report
    from evidently.presets import DataDriftPreset

    numbers = [name for name in rows.names if name not in rows.texts]
    definition = DataDefinition(numerical_columns=numbers, categorical_columns=rows.texts)
    reference = Dataset.from_pandas(rows.reference[rows.names], definition)
    values = np.empty((len(rows.names), rows.served))
    for n in range(rows.served):
        day = Dataset.from_pandas(rows.day(n)[rows.names], definition)
        answer = Report([DataDriftPreset()]).run(day, reference).dict()
        for metric in answer["metrics"]:
            if "ValueDrift" in metric["metric_name"]:
                values[rows.names.index(metric["config"]["column"]), n] = metric["value"]
    return {"values": values.tolist(), "alarms": (values >= 0.1).tolist()}


def popmon(rows: PipelineRows) -> dict[str, Any]:
    """Return the number of red traffic lights of each column and day, against the training as external reference."""
    from histogrammar.dfinterface.make_histograms import make_histograms
    from popmon import Settings
    from popmon.pipeline.metrics import df_stability_metrics

    width = {"bin_width": float(pd.Timedelta("1d").value), "bin_offset": float(FIRST.value)}
    features = [f"{TIME}:{name}" for name in rows.names]
    reference = make_histograms(rows.reference, features=features, time_axis=TIME, bin_specs={TIME: width})
    settings = Settings(reference_type="external", time_axis=TIME)
    lights = df_stability_metrics(rows.analysis, settings=settings, reference=reference)["traffic_lights"]
    red = np.array([(lights[name] == RED).sum(axis=1).to_numpy() for name in rows.names])
    return {"values": red.tolist(), "alarms": (red > 0).tolist()}


PACKAGES: dict[str, Callable[[PipelineRows], dict[str, Any]]] = {
    "NANNYML_JS": lambda rows: nannyml(rows, "jensen_shannon"),
    "NANNYML_KS": lambda rows: nannyml(rows, "kolmogorov_smirnov"),
    "EVIDENTLY": evidently,
    "POPMON": popmon,
}


def main(arguments: list[str]) -> int:
    """Write the answer of each package and return 0."""
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    rows, answers = PipelineRows(Path(arguments[0])), dict[str, Any]()
    for name, answer in PACKAGES.items():
        try:
            answers[name] = answer(rows)
        except Exception as error:  # a package that fails is a line of the report, and the others go on
            answers[name] = {"error": f"{type(error).__name__}: {error}"}
    Path(arguments[1]).write_text(json.dumps(answers))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
