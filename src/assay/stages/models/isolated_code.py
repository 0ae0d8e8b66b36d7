"""Work that needs the code a model was trained with: done here where that is today's, else in a process of its own.

Two versions of one package cannot be in one process, since both have the same name. The process of the other version
uses the Spark of this one, so that one application serves any number of versions, on a cluster as on one machine.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from assay.errors import AssayError, InfrastructureError, error_from_json
from assay.stages.models.model_versions import FeatureCode, Model, feature_code
from assay.stages.runtime.context import Context

Work = Callable[[Context, dict[str, Any]], dict[str, Any]]
"""A function of a module, from plain JSON types to plain JSON types: another process can be given its name."""

CHILD = "assay.stages.models.isolated_worker"


def run_with_model_code(ctx: Context, model: Model, work: Work, arguments: dict[str, Any]) -> dict[str, Any]:
    """Return what `work(ctx, arguments)` returns with the code and the features section that `model` came with.

    Where these are today's, the work is done here. Otherwise it is done by a Python process that imports that code
    under the package's name, on the driver and on Spark's workers. Its progress is reported and its errors are raised
    here. That process ends with this one, however this one ends. Where it was ended from outside, Spark ends too: what
    it had begun is not committed later.
    """
    if model.built_by == feature_code(ctx):
        return work(ctx, arguments)
    from assay.models.bundle.model_code import unpack_code

    scoring, built_by = model.scoring, model.built_by
    folder = unpack_code(scoring.source, scoring.digest, built_by.digest, code_cache(ctx))
    ctx.progress(f"the features of '{scoring.name}' are not built by today's code: a process starts with theirs")
    return run_in_process(ctx, OwnCode(folder, built_by), work, arguments)


@dataclass(frozen=True, slots=True)
class OwnCode:
    """The code of another process: its folder, what builds its features, and its `train` section, None for today's."""

    folder: Path
    built_by: FeatureCode
    train: Mapping[str, Any] | None = None


def code_cache(ctx: Context) -> Path:
    """Return the folder in which the code of versions is unpacked."""
    return ctx.pipeline.project.home.absolute() / "cache" / "code"


def run_in_process(ctx: Context, own: OwnCode, work: Work, arguments: dict[str, Any]) -> dict[str, Any]:
    """Return what `work(ctx, arguments)` returns in a process that imports the code of that folder."""
    folder, built_by = own.folder, own.built_by
    request = {
        "work": f"{work.__module__}:{work.__name__}",
        "arguments": arguments,
        "pipeline": ctx.pipeline.name,
        "environment": ctx.pipeline.project.environment.name,
        "spec": ctx.pipeline.digest,
        "code": built_by.digest,
        "features": dict(built_by.section),
        "train": None if own.train is None else dict(own.train),
        "claimed": ctx.claimed,
        "why": ctx.why,
        "measured": ctx.meter.root,
    }
    with ctx.meter.left_out(), _process(_environment(ctx, folder)) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        _send(child.stdin, request)
        answer = _converse(ctx, child.stdin, child.stdout, lambda: _shared_jvm(ctx, folder, built_by.digest))
        return _result(ctx, answer, child.wait())


def _environment(ctx: Context, folder: Path) -> dict[str, str]:
    """Return the environment of the process: it can import all that this one can, and the folder comes first.

    It has no current directory before that, and no compiled files beside the code.
    """
    project = ctx.pipeline.project
    others = [path or str(Path.cwd()) for path in sys.path]
    return os.environ | {
        "PYTHONPATH": os.pathsep.join([str(folder), *others]),
        "PYTHONSAFEPATH": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "ASSAY_PROJECT": str(project.root),
        "ASSAY_HOME": str(project.home),
    }


@contextmanager
def _process(environment: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    # A session of its own, so that it can end with all it started; the pipe to its input is what keeps it alive.
    command = [sys.executable, "-m", CHILD]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env=environment, stdin=pipe, stdout=pipe, start_new_session=True) as child:
        yield child


def _shared_jvm(ctx: Context, folder: Path, digest: str) -> dict[str, Any]:
    """Return the Spark of this process, started if there is none, for the process with the other code."""
    from assay.spark.session.shared_jvm import share_jvm

    return share_jvm(ctx.spark, folder, digest).to_json()


def _send(pipe: IO[bytes], document: Mapping[str, Any]) -> None:
    try:
        pipe.write(json.dumps(document).encode() + b"\n")
        pipe.flush()
    except BrokenPipeError:
        pass  # it has ended already, and its exit code gives the reason


def _converse(
    ctx: Context, requests: IO[bytes], lines: IO[bytes], share: Callable[[], dict[str, Any]]
) -> dict[str, Any]:
    """Return the last document that the process wrote, {} for none.

    Its progress is reported as it comes. It gets this process's Spark when it first needs one.
    """
    for line in lines:
        document: dict[str, Any] = json.loads(line)
        if "progress" in document:
            ctx.progress(document["progress"])
        elif "needs" in document:
            _send(requests, share())
        else:
            return document
    return {}


def _result(ctx: Context, answer: Mapping[str, Any], code: int) -> dict[str, Any]:
    if "error" in answer:
        raise error_from_json(answer["error"])
    if "result" in answer and code == 0:
        result: dict[str, Any] = answer["result"]
        return result
    ctx.stop_spark()
    if code < 0:
        raise InfrastructureError(
            f"the process with the model's own code was ended by signal {-code}",
            code="process-ended",
            hint="was there too little memory? run this again: what it did not finish does not count",
        )
    raise AssayError(
        f"the process with the model's own code failed (exit code {code})",
        code="bug",
        hint="this is a defect of Assay's, not of yours; the lines above say where",
    )
