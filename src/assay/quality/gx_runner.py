"""Great Expectations itself, on a frame: for the types of expectations that a Profile cannot answer."""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from assay.core.check import Check, Finding, Status
from assay.core.expectations.definition.wording import check_finding, percent, where
from assay.errors import InputError

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

_ANALYTICS = "GX_ANALYTICS_ENABLED"


def judge_with_gx(frame: DataFrame, checks: Sequence[Check], *, table: str = "") -> list[Finding]:
    """Return one finding per check, in their order, as Great Expectations judges it on `frame`.

    An exception becomes a failed finding with its message, and nothing passes on zero rows. Each check runs several
    Spark jobs: persist the frame before. The function writes no file and sends nothing over the network.
    """
    if not checks:
        return []
    if frame.isEmpty():
        words = "there are no rows, and nothing passes on none"
        return [check_finding(check, Status.FAIL, f"{where(check, table)}: {words}", observed=0) for check in checks]
    with _quiet():
        batch = _open_batch(frame)
        return [_judge(batch, check, table) for check in checks]


def check_arguments(checks: Sequence[Check]) -> None:
    """Check that Great Expectations takes the arguments of each of `checks`; without checks it is not imported.

    Raises:
        InputError: It refuses the arguments of a check; the error has the place of the first such check.
    """
    if not checks:
        return
    with _quiet():
        for check in checks:
            try:
                _expectation(check)
            except Exception as error:
                message = f"{check.type}: Great Expectations does not take its arguments: {_one_line(error)}"
                raise InputError(message, code="bad-suite", location=check.location) from None


def _expectation(check: Check) -> Any:
    from great_expectations.expectations.registry import get_expectation_impl

    kwargs = {name: value for name, value in check.params.items() if not name.startswith("_")}
    if check.column is not None:
        kwargs["column"] = check.column
    return get_expectation_impl(check.type)(**kwargs)


@contextmanager
def _quiet() -> Iterator[None]:
    """Suppress telemetry, and the deprecation warnings of Great Expectations about itself."""
    before = os.environ.get(_ANALYTICS)
    os.environ[_ANALYTICS] = "false"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        if before is None:
            del os.environ[_ANALYTICS]
        else:
            os.environ[_ANALYTICS] = before


def _open_batch(frame: DataFrame) -> Any:
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    # The session is the caller's: neither its frames nor its settings are to change.
    source = context.data_sources.add_spark("spark", persist=False, force_reuse_spark_context=True)
    definition = source.add_dataframe_asset("frame").add_batch_definition_whole_dataframe("all")
    return definition.get_batch({"dataframe": frame})


def _judge(batch: Any, check: Check, table: str) -> Finding:
    place = where(check, table)
    try:
        result = batch.validate(
            _expectation(check), result_format={"result_format": "BASIC", "partial_unexpected_count": 0}
        )
    except Exception as error:
        return check_finding(check, Status.FAIL, f"{place}: {check.type} could not be judged: {_one_line(error)}")
    raised = _raised(result.exception_info)
    if raised:
        return check_finding(check, Status.FAIL, f"{place}: {check.type} could not be judged: {_one_line(raised)}")
    return _finding(check, bool(result.success), result.result, place)


def _finding(check: Check, good: bool, result: Mapping[str, Any], place: str) -> Finding:
    kept = {name: _json_ready(value) for name, value in result.items() if "list" not in name and value is not None}
    sentence = f"{place}: {check.type} {'holds' if good else 'does not hold'}"
    if kept.get("unexpected_count"):
        sentence += f": {kept['unexpected_count']} of {kept.get('element_count', '?')} values are not as expected"
        mostly = check.params.get("mostly")
        sentence += f"; at most {percent(1 - mostly)} may be" if isinstance(mostly, float) and mostly < 1 else ""
    elif "observed_value" in kept:
        sentence += f": observed {kept['observed_value']}"
    observed = kept.get("observed_value", kept.get("unexpected_count"))
    return check_finding(check, Status.PASS if good else Status.FAIL, sentence, observed=observed, details=kept)


def _raised(info: Any) -> str:
    """Return the message of the first exception, empty without one; a report is flat or has one part per metric."""
    if not isinstance(info, Mapping):
        return ""
    if "raised_exception" in info:
        return str(info.get("exception_message") or "an exception") if info["raised_exception"] else ""
    return next((message for message in map(_raised, info.values()) if message), "")


def _one_line(error: object) -> str:
    text = " ".join(str(error).split())
    return text if len(text) <= 300 else text[:300] + "..."


def _json_ready(value: Any) -> Any:
    try:
        return json.loads(json.dumps(value, default=str, allow_nan=False))
    except ValueError:
        return str(value)
