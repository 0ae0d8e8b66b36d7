"""What all tests share: a home of their own, and the same examples from Hypothesis every time."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from hypothesis import settings

from .reliability import Outcomes

settings.register_profile("assay", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("assay")


@pytest.fixture(autouse=True)
def a_home_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    monkeypatch.setenv("ASSAY_HOME", str(tmp_path_factory.mktemp("assay-home")))  # which exists, as it has to
    monkeypatch.delenv("COLUMNS", raising=False)  # which pytest-xdist sets in its processes
    monkeypatch.delenv("ASSAY_KILL_AT", raising=False)
    monkeypatch.delenv("ASSAY_STOP_AT", raising=False)
    monkeypatch.delenv("ASSAY_CRASH_AT", raising=False)


FIRST = (
    "loop/test_isolated_code.py",
    "loop/test_killed.py",
    "loop/test_maintain.py",
    "loop/test_readme.py",
    "loop/test_feature_faults.py",
    "loop/test_odd_values.py",
    "loop/test_training_on_executors.py",
    "loop/test_hourly_temperature.py",
    "loop/test_races.py",
    "spark/test_session.py",
    "spark/training/test_distributed_training.py",
)
"""The files that take longest: begun first, so that no process is left alone with one of them at the end."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the files that take longest first, and leave the others in their order."""
    order = {str(Path(__file__).parent / name): number for number, name in enumerate(FIRST)}
    items.sort(key=lambda item: order.get(str(item.path), len(order)))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--reliability", type=Path, help="write what became of each fault to this file")


def pytest_configure(config: pytest.Config) -> None:
    # pytest-xdist's processes have a main module without a file. Great Expectations imports pyspark.sql.connect, which
    # takes such a process for one that runs doctests, and without grpc ends it with exit code 0.
    sys.modules["__main__"].__dict__.setdefault("__file__", "pytest")
    target = config.getoption("--reliability", None)
    if target is not None:
        config.pluginmanager.register(Outcomes(target))
