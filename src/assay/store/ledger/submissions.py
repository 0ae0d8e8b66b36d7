"""The end of a submitted stage, which the stage leaves for its submitter under the tag of the submission."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from typing import Any

from assay.core.operations.submission import Ending, StageEnd, ending
from assay.store.filesystem.atomic import read_json, safe_name, to_json, write_atomically
from assay.store.filesystem.document_format import DocumentFormat
from assay.store.filesystem.storage_path import StoragePath
from assay.store.users import now_utc

ATTEMPT_VARIABLE = "ASSAY_ATTEMPT"
"""The environment variable that gives a driver in client mode the number of its attempt of a submission."""

END_FORMAT = DocumentFormat("submission-end", 1, StageEnd)
_CONTAINER = re.compile(r"container_(?:e\d+_)?(\d+)_(\d+)_\d+_\d+")


def verdict_place(lake: StoragePath, pipeline: str, tag: str) -> StoragePath:
    """Return the file of a submission's verdict: `<lake>/_assay/<pipeline>/submissions/<tag>/verdict.json`."""
    folder = lake / "_assay" / safe_name(pipeline, "a pipeline") / "submissions"
    return folder / safe_name(tag, "a submission") / "verdict.json"


def write_verdict(lake: StoragePath, pipeline: str, tag: str, end: StageEnd) -> None:
    """Write how this process's stage ended, over what an earlier attempt left."""
    attempt = os.environ.get(ATTEMPT_VARIABLE, "")
    end = replace(end, application=this_application(), attempt=attempt, at=now_utc())
    write_atomically(verdict_place(lake, pipeline, tag), to_json(END_FORMAT.document(end)))


def read_verdict(lake: StoragePath, pipeline: str, tag: str) -> StageEnd | None:
    """Return what the newest attempt left, None where none has ended so far."""
    place = verdict_place(lake, pipeline, tag)
    try:
        return END_FORMAT.content(read_json(place), place)
    except FileNotFoundError:
        return None


def read_ending(
    lake: StoragePath, pipeline: str, tag: str, *, application: str, attempt: str, state: str
) -> tuple[Ending, dict[str, Any]]:
    """Return how a submission ended, as `core.operations.submission.ending` judges it, and the document of its end.

    The document is what its stage left. If that is missing, or is of another application and attempt, the document
    holds the exit code and the message alone.
    """
    left = read_verdict(lake, pipeline, tag)
    end = ending(left, application, attempt, state)
    if left is not None and end.judged:
        fields = END_FORMAT.fields(left)
        return end, fields.pop("answer") | fields
    return end, {"exit_code": end.exit_code, "message": end.sentence}


def note_application(name: str) -> None:
    """Let the verdict name the application that a driver outside of YARN's containers has started."""
    _STARTED[:] = [name]


_STARTED: list[str] = []


def this_application() -> str:
    """Return the YARN application of this process's container, or else the one that it started; empty without.

    >>> os.environ["CONTAINER_ID"] = "container_1410901177871_0001_01_000005"
    >>> this_application()
    'application_1410901177871_0001'
    >>> del os.environ["CONTAINER_ID"]
    """
    match = _CONTAINER.fullmatch(os.environ.get("CONTAINER_ID", ""))
    if match:
        return f"application_{match[1]}_{match[2]}"
    return _STARTED[0] if _STARTED else ""
