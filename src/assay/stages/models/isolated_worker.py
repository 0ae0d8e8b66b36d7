"""The process that `isolated_code` starts: one piece of work, with a model's own code instead of today's.

It reads its request as one line of JSON on its standard input. It answers in lines of JSON on its standard output:
progress, at most one request for Spark, then a result or an error. It ends when its input is closed: then the process
that waits for it was killed.
"""

from __future__ import annotations

import importlib
import json
import os
import queue
import signal
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from assay.errors import AssayError, InfrastructureError, InputError
from assay.spec.project import Pipeline, load_pipeline, open_project
from assay.spec.schema.pipeline import FeaturesSpec, TrainSpec
from assay.spec.user_code.functions import code_digest
from assay.stages.runtime.context import Context
from assay.stages.runtime.resource_usage import UseMeter
from assay.stages.runtime.spark_failures import spark_failures

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

Say = Callable[[Mapping[str, Any]], None]
Lines = queue.SimpleQueue[bytes]


def main() -> int:
    """Do the requested work, and return the exit code: 0 with a result, else that of the error.

    Errors that are a bug are left to Python, which exits with 1.
    """
    say, lines = _claim_output(), Lines()
    threading.Thread(target=_read_input, args=(lines,), name="assay-watch", daemon=True).start()
    try:
        say({"result": _work(json.loads(lines.get()), say, lines)})
    except AssayError as error:
        say({"error": error.to_json()})
        return error.exit_code
    return 0


def _claim_output() -> Say:
    """Return a function that alone writes answers: what the user's code or Java prints goes to standard error."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    os.dup2(2, 1)

    def say(document: Mapping[str, Any]) -> None:
        answers.write(json.dumps(document) + "\n")

    return say


def _read_input(lines: Lines) -> None:
    # Unbuffered: a thread that waits inside Python's own buffer keeps the interpreter from ending.
    begun = b""
    while data := os.read(0, 65536):
        *whole, begun = (begun + data).split(b"\n")
        for line in whole:
            lines.put(line)
    # With all it started: what it works on is no longer covered by a lock.
    os.killpg(0, signal.SIGKILL)


def _borrowed_spark(say: Say, lines: Lines) -> SparkSession:
    from assay.spark.session.shared_jvm import SharedJvm, attach

    say({"needs": "spark"})
    return attach(SharedJvm.from_json(json.loads(lines.get())))


def _work(request: Mapping[str, Any], say: Say, lines: Lines) -> dict[str, Any]:
    section = FeaturesSpec.model_validate(request["features"])
    _check_code(section.function, request["code"])
    pipeline = load_pipeline(open_project(env=request["environment"]), request["pipeline"])
    if pipeline.digest != request["spec"]:
        raise InfrastructureError(
            f"the spec of {pipeline.name} was changed while it was at work", code="spec-changed", hint="run it again"
        )
    pipeline = with_train(with_features(pipeline, section), request["train"])
    ctx = Context(pipeline, claimed=request["claimed"], why=request["why"], meter=UseMeter(request["measured"]))
    ctx.progress = lambda line: say({"progress": line})
    ctx.open_spark = lambda _: _borrowed_spark(say, lines)
    module, _, name = request["work"].partition(":")
    work = getattr(importlib.import_module(module), name)
    with spark_failures():
        result: dict[str, Any] = work(ctx, request["arguments"])
    return result


def _check_code(reference: str, expected: str) -> None:
    imported_digest = code_digest(reference)
    if imported_digest != expected:
        raise AssayError(
            f"the process was started for the code {expected[:12]}, and would import {imported_digest[:12]}",
            code="other-code",
            hint=f"something comes before it on Python's path: {':'.join(sys.path[:3])}",
        )


def with_train(pipeline: Pipeline, section: Mapping[str, Any] | None) -> Pipeline:
    """Return the pipeline with the train section that a model was made by; None is today's."""
    if section is None:
        return pipeline
    return replace(pipeline, spec=pipeline.spec.model_copy(update={"train": TrainSpec.model_validate(section)}))


def with_features(pipeline: Pipeline, section: FeaturesSpec) -> Pipeline:
    """Return the pipeline with the features section that a model was trained with.

    Raises:
        InputError: Today's tables cannot serve it.
    """
    tables = pipeline.spec.tables
    if section.rows != pipeline.spec.features.rows:
        raise InputError(
            f"the model scores the rows of '{section.rows}', and features.rows is '{pipeline.spec.features.rows}'",
            code="other-rows",
            hint="promote a version that was trained on these rows",
        )
    for name in section.inputs:
        if name not in tables or tables[name].available_at is None:
            raise InputError(
                f"the model's features need the table '{name}', which the spec no longer has with an available_at",
                code="unknown-table",
                hint="keep the table until a model that does without it is champion",
            )
    return replace(pipeline, spec=pipeline.spec.model_copy(update={"features": section}))


if __name__ == "__main__":
    sys.exit(main())
