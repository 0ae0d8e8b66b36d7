"""The facts of Assay's documents on MLflow's pages: descriptions of versions, and measurements by day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from typing import Any

from assay.models.mlflow.aliases import limited_requests
from assay.models.mlflow.client import mlflow_errors, open_client
from assay.models.mlflow.run_contents import DatedValue
from assay.models.mlflow.run_logger import LONGEST_TAG, PREFIX, dated_metrics

LONGEST_DESCRIPTION = 4_900
"""Below the 5,000 characters that MLflow keeps of a version's description."""

MAX_METRICS = 1_000
"""The metrics that MLflow takes in one request."""


@dataclass(frozen=True, slots=True)
class VersionText:
    """The description and the tags of a version's page, without the prefix of Assay's tags."""

    description: str
    tags: Mapping[str, str] = field(default_factory=dict)


def project_versions(tracking_uri: str, model: str, pages: Mapping[int, VersionText]) -> int:
    """Let the pages of the registered versions show `pages`, and return how many had to be changed.

    A page that shows the same already is not written, nor is that of a version that MLflow does not have.

    Raises:
        InfrastructureError: MLflow cannot be reached or written.
    """
    changed = 0
    with mlflow_errors(tracking_uri, "write the pages of the versions"), limited_requests():
        client = open_client(tracking_uri)
        for entry in client.search_model_versions(f"name = '{model}'", max_results=10_000):
            page = pages.get(int(entry.version))
            if page is not None and _write_page(client, model, entry, page):
                changed += 1
    return changed


def _write_page(client: Any, model: str, entry: Any, page: VersionText) -> bool:
    description = _fitted(page.description)
    tags = {f"{PREFIX}{key}": value[:LONGEST_TAG] for key, value in page.tags.items()}
    late = {key: value for key, value in tags.items() if entry.tags.get(key) != value}
    if (entry.description or "") != description:
        client.update_model_version(model, entry.version, description=description)
    elif not late:
        return False
    for key, value in late.items():
        client.set_model_version_tag(model, entry.version, key, value)
    return True


def _fitted(text: str) -> str:
    """Return the text, cut at the end of a line where it is longer than MLflow's limit."""
    if len(text) <= LONGEST_DESCRIPTION:
        return text
    return text[:LONGEST_DESCRIPTION].rsplit("\n", 1)[0] + "\n\n…"


def shown_days(tracking_uri: str, run_id: str, name: str) -> set[date]:
    """Return the days of which a run has the metric `name`.

    Raises:
        InfrastructureError: MLflow cannot be reached, or has no such run.
    """
    with mlflow_errors(tracking_uri, "read a metric"), limited_requests():
        return {date.fromordinal(point.step) for point in open_client(tracking_uri).get_metric_history(run_id, name)}


def project_days(tracking_uri: str, run_id: str, values: Sequence[DatedValue]) -> int:
    """Log a run's values by day, and return how many are defined.

    MLflow only ever appends to a metric: a caller leaves out the days that `shown_days` returns. Values of a day that
    follow each other are written together or not at all, so that a day that is shown is shown whole.

    Raises:
        InfrastructureError: MLflow cannot be reached or written, or has no such run.
    """
    points = dated_metrics(values)
    with mlflow_errors(tracking_uri, "log the measurements"), limited_requests():
        client = open_client(tracking_uri)
        for batch in _batches_of_days(points):
            client.log_batch(run_id, metrics=batch)
    return len(points)


def _batches_of_days(points: Sequence[Any]) -> list[list[Any]]:
    """Return the points in as few batches as MLflow's limit allows, none of which ends inside a day."""
    batches: list[list[Any]] = []
    for _, group in groupby(points, key=lambda point: point.step):
        day = list(group)
        if not batches or len(batches[-1]) + len(day) > MAX_METRICS:
            batches.append([])
        batches[-1] += day
    return batches
