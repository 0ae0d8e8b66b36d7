"""A stage under `spark-submit`: it writes its end to the lake, since an exit code alone is not enough.

In YARN's cluster mode an exit code arrives as failed or not failed, and a killed driver has none.
"""

from __future__ import annotations

import contextlib
import io
import itertools
import json
import os
import sys
from collections.abc import Sequence
from typing import Any

from assay.cli import interrupt
from assay.cli.exit_codes import EXIT_BUG, guarded
from assay.cli.main import invoke
from assay.cli.pending_notifications import notify_pending
from assay.core.operations.submission import TAG_VARIABLE, StageEnd
from assay.store.failpoints import failpoint


def job(stage: str, arguments: Sequence[str]) -> int:
    """Run one stage for `spark-submit jobs/<stage>.py` with the options of its command, and return its exit code."""
    interrupt.prepare_terminal()
    code = run_submitted(stage, arguments)
    notify_pending(code)
    return code


def run_submitted(stage: str, arguments: Sequence[str]) -> int:
    """Run the stage and return its exit code; a submission also writes its end, and returns 4 if that fails."""
    tag = os.environ.get(TAG_VARIABLE)
    if not tag:
        return invoke([stage, *arguments])
    output = io.StringIO()
    quiet = [word for word in arguments if word != "--json"]
    with contextlib.redirect_stdout(output):
        code = invoke([stage, *quiet, "--json"])
    others, document = _parsed(output.getvalue())
    sys.stdout.write(others)
    if "outcomes" in document:  # an error was printed as such already
        for sentence in _sentences(document):
            sys.stdout.write(f"{stage:<9} {sentence}\n")
    end = StageEnd(code, "; ".join(_sentences(document)) or _unsaid(code), answer=document)
    failpoint("submission:before-verdict")
    return guarded(lambda: _leave(tag, arguments, end)) or code


def _leave(tag: str, arguments: Sequence[str], end: StageEnd) -> int:
    from assay.cli.options import pipeline_name
    from assay.connections import lake_of
    from assay.spec.project import open_project
    from assay.store.ledger.submissions import write_verdict

    env = _value(arguments, "--env") or "local"
    project = open_project(env=env)
    pipeline = pipeline_name(_value(arguments, "--pipeline"), None, env)
    write_verdict(lake_of(project).place, pipeline, tag, end)
    return 0


def _value(arguments: Sequence[str], option: str) -> str | None:
    pairs = itertools.pairwise(arguments)
    return next((value for name, value in pairs if name == option), None)


def _parsed(text: str) -> tuple[str, dict[str, Any]]:
    r"""Return the output of others, such as MLflow, and the JSON document after it; an empty one where there is none.

    >>> _parsed('View run at ...\n{\n  "exit_code": 0\n}\n')
    ('View run at ...\n', {'exit_code': 0})
    >>> _parsed("Killed")
    ('Killed', {})
    """
    lines = text.splitlines(keepends=True)
    for start in (index for index in reversed(range(len(lines))) if lines[index].startswith("{")):
        try:
            return "".join(lines[:start]), dict(json.loads("".join(lines[start:])))
        except ValueError:
            continue
    return text, {}


def _sentences(document: dict[str, Any]) -> list[str]:
    if "outcomes" in document:
        return [str(outcome["sentence"]) for outcome in document["outcomes"]]
    return [str(document["message"])] if "message" in document else []


def _unsaid(code: int) -> str:
    return (
        "a defect of Assay's; the driver's log has the place" if code == EXIT_BUG else f"exit {code}, no reason given"
    )
