"""The environment of the other monitors, where it cannot be made; and simulations beside the benches with Spark."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.__main__ import main
from bench.peers import environment
from bench.peers.environment import REQUIREMENTS, PeersEnvironment


def test_without_uv_there_is_a_reason_and_no_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "UV", tmp_path / "no-uv")
    peers = PeersEnvironment.installed(tmp_path / "peers")
    assert peers.python is None
    assert "make install" in peers.reason


def test_an_environment_of_other_requirements_is_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "UV", tmp_path / "no-uv")
    (tmp_path / "requirements.sha256").write_text("of others")
    assert PeersEnvironment.installed(tmp_path).python is None


def test_every_requirement_is_pinned() -> None:
    lines = [line for line in REQUIREMENTS.read_text().splitlines() if line and not line.startswith("#")]
    assert {"nannyml", "evidently", "popmon"} <= {line.split("==")[0] for line in lines}
    assert all("==" in line for line in lines)


def test_a_simulation_runs_without_other_benches() -> None:
    assert main(["--only", "drift", "score"]) == 2
