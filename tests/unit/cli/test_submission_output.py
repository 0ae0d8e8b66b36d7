"""The output of a driver in client mode: on standard output, or on standard error beside the JSON of a command."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from assay.spec.project import load_pipeline, open_project
from assay.submission import submit

PARCELS = Path(__file__).parents[2] / "projects" / "parcels"


@pytest.fixture
def prepared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> submit.Prepared:
    """A submission whose driver prints one line."""
    monkeypatch.setenv("ASSAY_HOME", str(tmp_path))
    monkeypatch.syspath_prepend(str(PARCELS))
    monkeypatch.setattr(submit, "driver_settings", lambda *_: {})
    command = [sys.executable, "-c", "print('a line of the driver')"]
    variables: dict[str, Any] = {}
    monkeypatch.setattr(submit, "_command", lambda *_: command)
    monkeypatch.setattr(submit, "_environment", lambda *_: variables)
    return submit.prepare(load_pipeline(open_project(PARCELS), "parcels"), "preflight", (), "client", ())


@pytest.mark.parametrize("to_stderr", [False, True])
def test_a_driver_prints_where_its_caller_wants_it(
    prepared: submit.Prepared, capfd: pytest.CaptureFixture[str], to_stderr: bool
) -> None:
    submit.submit(prepared, print, to_stderr=to_stderr)
    captured = capfd.readouterr()
    line = "a line of the driver\n"
    assert (captured.out, captured.err) == (("", line) if to_stderr else (line, ""))
