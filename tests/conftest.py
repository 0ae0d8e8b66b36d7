"""What all tests share: a home of their own, and the same examples from Hypothesis every time."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

from .reliability import Outcomes

settings.register_profile("assay", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("assay")


@pytest.fixture(autouse=True)
def a_home_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    monkeypatch.setenv("ASSAY_HOME", str(tmp_path_factory.mktemp("assay-home")))  # which exists, as it has to
    monkeypatch.delenv("ASSAY_KILL_AT", raising=False)
    monkeypatch.delenv("ASSAY_STOP_AT", raising=False)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--reliability", type=Path, help="write what became of each fault to this file")


def pytest_configure(config: pytest.Config) -> None:
    target = config.getoption("--reliability", None)
    if target is not None:
        config.pluginmanager.register(Outcomes(target))
