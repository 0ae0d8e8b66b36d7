"""Translate the errors of Spark into Assay's errors, with Assay's exit codes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import unquote

from assay.core.operations.hadoop_errors import FAULTS
from assay.errors import AssayError, InfrastructureError, InputError, LostRace

OUTSIDE = "assay: outside the published dates of "
"""The start of the error that `tables.publish` raises for a row outside of the dates which are published."""


def explain(error: Exception) -> Exception:
    """Return the Assay error for `error`, or `error` itself where it is not one of Spark's known failures.

    - A damaged or missing file, a full disk, a dead worker or a lost race is infrastructure (exit 4).
    - SQL that Spark does not understand, or that fails on a value, is the user's mistake (exit 2).
    - Anything else is returned as it is: a bug (exit 1).
    """
    if isinstance(error, AssayError) or not _of_spark(error):
        return error
    text = str(error)
    if _lost(error):
        return _gone_with(text)
    for pattern, say in _KNOWN:
        match = re.search(pattern, text)
        if match:
            return say(match)
    return _of_the_user(error)


@contextmanager
def translate_spark_errors() -> Iterator[None]:
    """Raise the error that `explain` gives for an error inside, with Spark's own error as the cause."""
    try:
        yield
    except Exception as error:
        explained = explain(error)
        if explained is error:
            raise
        raise explained from error


def _of_spark(error: Exception) -> bool:
    return type(error).__module__.partition(".")[0] in {"pyspark", "py4j"} or _lost(error)


def _lost(error: Exception) -> bool:
    """Return whether Python no longer reaches the JVM: py4j reports it, or py4j's socket is refused or cut."""
    if type(error).__name__ == "Py4JNetworkError":
        return True
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    raised_by = frame.tb_frame.f_globals.get("__name__", "") if frame is not None else ""
    return isinstance(error, ConnectionError | EOFError) and raised_by.partition(".")[0] == "py4j"


def _file(match: re.Match[str]) -> AssayError:
    return InfrastructureError(
        f"the file {_path(match[2])} {'is missing' if match[1] == 'FILE_NOT_EXIST' else 'is damaged'}",
        code="unreadable-file",
        hint="nothing was written; restore the file, or redo the partition that it belongs to",
    )


def _log(match: re.Match[str]) -> AssayError:
    return InfrastructureError(
        f"the log of a Delta table is damaged: {_path(match[1])}",
        code="corrupt-log",
        hint="nothing was read or written; restore the file from a backup",
    )


def _outside(match: re.Match[str]) -> AssayError:
    return InputError(
        f"a row of {match[2]} lies outside the dates that are published to the table {match[1]}",
        code="outside-dates",
        hint="nothing was written",
    )


def _race(match: re.Match[str]) -> AssayError:
    return LostRace(
        f"another writer committed to the same partitions first ({match[0]})",
        code="concurrent-write",
        hint="look at what it wrote, then run again",
    )


def _disk(match: re.Match[str]) -> AssayError:
    return InfrastructureError(
        f"the disk is full or over its quota: {match[0]}", code="disk-full", hint="make room, then run again"
    )


def _memory(match: re.Match[str]) -> AssayError:
    return InfrastructureError(
        f"a worker ran out of memory or was killed: {match[0].strip()}",
        code="worker-died",
        hint="give more memory (spark.driver.memory if local, spark.executor.memoryOverhead on a cluster)",
    )


def _gone(match: re.Match[str]) -> AssayError:
    return _gone_with(match[0])


def _gone_with(error_text: str) -> AssayError:
    return InfrastructureError(
        f"Spark's Java process ended or did not answer: {error_text}", code="spark-gone", hint="run again"
    )


def _ended(match: re.Match[str]) -> AssayError:
    return InfrastructureError(
        f"the cluster ended this application while its driver worked: {match[0]}",
        code="application-ended",
        hint="YARN's page of it gives the reason, such as a lost node or a kill; run again",
    )


def _in_a_worker(match: re.Match[str]) -> AssayError:
    return InfrastructureError(match[1], code="cannot-read", hint="nothing was written; run again")


def _dynamic(_: re.Match[str]) -> AssayError:
    return InputError(
        "xgboost trains on all executors at once, which Spark does not allow with dynamic allocation",
        code="dynamic-allocation",
        hint="set spark.dynamicAllocation.enabled to false in the environment, or raise train.driver_budget",
    )


def _slots(_: re.Match[str]) -> AssayError:
    return InfrastructureError(
        "xgboost trains on all executors at once, and some of them are gone", code="too-few-slots", hint="run again"
    )


_KNOWN: list[tuple[str, Callable[[re.Match[str]], AssayError]]] = [
    (re.escape(OUTSIDE) + r"(.+?): (NULL|[-+0-9]+)", _outside),
    (r"reading file (\S*_delta_log/\S+?)[.,]?\s", _log),
    (r"FAILED_READ_FILE\.(\w+)\] Encountered error while reading file (\S+?)[.,]?\s", _file),
    (r"(?:CANNOT_READ_FILE_FOOTER\]|Could not read footer for file:?)()\D*?((?:file|hdfs):\S+?)[.,]?\s", _file),
    (
        r"\[(DELTA_(?:TRUNCATED_TRANSACTION_LOG|STATE_RECOVER_ERROR|LOG_FILE\w+|VERSIONS_NOT_CONTIGUOUS)\w*\][^\n]*)",
        _log,
    ),
    (r"DELTA_CONCURRENT_\w+|DELTA_METADATA_CHANGED|DELTA_PROTOCOL_CHANGED|Concurrent\w+Exception", _race),
    (r"assay\.errors\.InfrastructureError: ([^\n]+)", _in_a_worker),
    *((fault.pattern, fault.say) for fault in FAULTS),
    (r"No space left on device|Disk quota exceeded", _disk),
    (r"MemoryError[^\n]*|java\.lang\.OutOfMemoryError[^\n]*|Python worker exited unexpectedly[^\n]*", _memory),
    (r"ExecutorLostFailure[^\n]*", _memory),
    (r"Answer from Java side is empty|Error while sending or receiving|Connection refused", _gone),
    (r"JAVA_GATEWAY_EXITED", _gone),
    (
        r"Spark context stopped while waiting for backend|SparkContext was shut ?down"
        r"|Cannot call methods on a stopped SparkContext|Yarn application has already ended",
        _ended,
    ),
    (r"\[SPARK-24942\]", _dynamic),
    (r"\[SPARK-24819\]", _slots),
]


def _of_the_user(error: Exception) -> Exception:
    from pyspark.errors import AnalysisException, ArithmeticException, ParseException, PySparkException

    if not isinstance(error, PySparkException):
        return error
    condition = (error.getCondition() or "spark").lower().replace("_", "-").replace(".", "-")
    # Spark's first sentence is the reason; the plan follows, and a suggestion where Spark has one.
    sentence = str(error).splitlines()[0].removeprefix(f"[{error.getCondition()}] ").split(" SQLSTATE:")[0]
    if isinstance(error, ParseException):
        return InputError(f"Spark cannot read this SQL: {sentence}", code=condition)
    if isinstance(error, AnalysisException):
        return InputError(f"Spark cannot plan this: {sentence}", code=condition)
    if isinstance(error, ArithmeticException):
        return InputError(f"a value cannot be computed: {sentence}", code=condition)
    return error


def _path(text: str) -> str:
    return unquote(re.sub(r"^file:/+", "/", text))
