"""That label, metric, limit and baselines fit: a number is judged by its errors, an event by its probabilities."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from assay.core.task_type import TaskType
from assay.core.text import quantity
from assay.errors import InputError

if TYPE_CHECKING:
    from assay.spec.schema.loaded_pipeline import Pipeline

METRICS_OF = {
    TaskType.CLASSIFICATION: ("roc_auc", "within_day_roc_auc", "pr_auc", "log_loss", "brier"),
    TaskType.REGRESSION: ("rmse", "mae", "r2"),
}
"""The metrics that a spec may name, by what is predicted."""

ERRORS = ("rmse", "mae")
"""The metrics whose limit is `at_most` alone; those of probabilities took `at_least` before there was `at_most`."""

LOWER_IS_BETTER = (*ERRORS, "log_loss", "brier")


def check_predicted(pipeline: Pipeline) -> Iterator[InputError]:
    """Every mistake in what is predicted and how it is judged, each at its place."""
    label, at = pipeline.spec.label, pipeline.document.at
    if label.when is None and label.value is None:
        hint = "when: some SQL that is true or false, or value: some SQL that is a number"
        message = "'label' needs the key 'when', or 'value' for a number"
        yield InputError(message, code="missing-key", hint=hint, location=at("label", key=True))
    elif label.when is not None and label.value is not None:
        message = "'label' has both 'when', which is true or false, and 'value', which is a number"
        hint = "remove the one that is not predicted"
        yield InputError(message, code="two-labels", hint=hint, location=at("label", "value", key=True))
    else:
        yield from _metric(pipeline)
        yield from _naive(pipeline)
        yield from _recalibration(pipeline)
    yield from _limit(pipeline)
    yield from _freshness(pipeline)


def _metric(pipeline: Pipeline) -> Iterator[InputError]:
    label, metric = pipeline.spec.label, pipeline.spec.gate.metric
    fitting = METRICS_OF[label.task]
    if metric in fitting:
        return
    written = "metric" in pipeline.spec.gate.model_fields_set
    is_ = "a number" if label.task is TaskType.REGRESSION else "true or false"
    message = f"the label '{label.name}' is {is_}, which '{metric}' cannot judge"
    message += "" if written else f" (the metric is {metric} where the gate names none)"
    hint = f"write metric: {fitting[0]}, or {' or '.join(fitting[1:])}"
    yield InputError(message, code="wrong-metric", hint=hint, location=pipeline.document.at("gate", "metric"))


def _naive(pipeline: Pipeline) -> Iterator[InputError]:
    label, features, at = pipeline.spec.label, pipeline.spec.train.naive, pipeline.document.at
    if features and label.task is TaskType.CLASSIFICATION:
        message = f"'naive' names forecasts of a number, and the label '{label.name}' is true or false"
        hint = "remove it: a model of an event is compared with the base rate"
        yield InputError(message, code="wrong-baseline", hint=hint, location=at("train", "naive", key=True))
    for index, name in enumerate(features):
        if name in features[:index]:
            message = f"the naive baseline '{name}' is listed twice"
            where = at("train", "naive", index)
            yield InputError(message, code="duplicate-name", hint="remove one", location=where)


def _recalibration(pipeline: Pipeline) -> Iterator[InputError]:
    label, method = pipeline.spec.label, pipeline.spec.train.recalibrate
    if method is None or label.task is TaskType.CLASSIFICATION:
        return
    message = f"the label '{label.name}' is a number, and '{method}' recalibrates the probability of an event"
    location = pipeline.document.at("train", "recalibrate", key=True)
    yield InputError(message, code="wrong-recalibration", hint="remove 'recalibrate'", location=location)


def _limit(pipeline: Pipeline) -> Iterator[InputError]:
    gate, at = pipeline.spec.gate, pipeline.document.at
    if gate.at_least is not None and gate.at_most is not None:
        message = "'gate' has both 'at_least' and 'at_most', and a metric has one side that is good"
        yield InputError(message, code="wrong-limit", hint="remove one", location=at("gate", "at_most", key=True))
    elif gate.at_least is not None and gate.metric in ERRORS:
        message = f"an error is good when it is small: '{gate.metric}' has no 'at_least'"
        hint = f"write at_most: {gate.at_least:g}"
        yield InputError(message, code="wrong-limit", hint=hint, location=at("gate", "at_least", key=True))
    elif gate.at_most is not None and gate.metric not in LOWER_IS_BETTER:
        message = f"'{gate.metric}' is good when it is high: it has no 'at_most'"
        hint = f"write at_least: {gate.at_most:g}"
        yield InputError(message, code="wrong-limit", hint=hint, location=at("gate", "at_most", key=True))


def _freshness(pipeline: Pipeline) -> Iterator[InputError]:
    limit, delay = pipeline.spec.monitor.freshness.labels, pipeline.spec.label.label_delay
    if limit is not None and limit < delay:
        message = f"labels are mature after {quantity(delay, 'day')}, and never only {quantity(limit, 'day')} behind"
        hint = f"write {quantity(delay, 'day')} or more"
        location = pipeline.document.at("monitor", "freshness", "labels")
        yield InputError(message, code="wrong-limit", hint=hint, location=location)
