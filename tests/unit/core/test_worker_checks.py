"""What makes a worker unfit, in sentences."""

from __future__ import annotations

from dataclasses import replace

import pytest

from assay.core.operations.worker_checks import MAX_CLOCK_SKEW_SECONDS, Worker, faults

from ...expect_errors import missing_data

LOCK = '[[package]]\nname = "numpy"\nversion = "2.4.1"\n\n[[package]]\nname = "flask"\nversion = "3.0"\n'
FIT = Worker("node-1", "3.11.7", {"numpy": "2.4.1"}, {"assay": "aa"}, 1000.0)


def worker_faults(worker: Worker) -> list[str]:
    return faults(worker, python="3.11.9", lock=LOCK, code={"assay": "aa"}, requested_at=999.0, answered_at=1001.0)


def test_a_worker_with_the_locks_packages_the_drivers_code_and_clock_is_fit() -> None:
    assert worker_faults(FIT) == []
    assert worker_faults(replace(FIT, clock=1001.0 + MAX_CLOCK_SKEW_SECONDS)) == [], "as far apart as is allowed"


@pytest.mark.parametrize(
    ("worker", "named"),
    [
        (replace(FIT, python="3.12.1"), ["3.12.1", "3.11.9"]),
        (replace(FIT, packages={"numpy": None}), ["numpy", "uv.lock", "2.4.1"]),
        (replace(FIT, packages={"numpy": "2.3.0"}), ["numpy", "2.3.0", "uv.lock", "2.4.1"]),
        (replace(FIT, code={"assay": "bb"}), ["code", "'assay'"]),
        (replace(FIT, code={}), ["code", "'assay'"]),
        (replace(FIT, clock=1001.0 + 3600), ["3600 s"]),
        (replace(FIT, clock=999.0 - 3600), ["3600 s"]),
    ],
)
def test_what_is_wrong_is_said_with_the_host(worker: Worker, named: list[str]) -> None:
    [sentence] = worker_faults(worker)
    assert missing_data(sentence, "node-1", *named) == []


def test_a_lock_with_two_versions_of_a_package_allows_either_and_names_both() -> None:
    forked = LOCK + '\n[[package]]\nname = "numpy"\nversion = "2.5.0"\n'
    for version in ("2.4.1", "2.5.0"):
        worker = replace(FIT, packages={"numpy": version})
        assert faults(worker, python="3.11.9", lock=forked, code=FIT.code, requested_at=999.0, answered_at=1001.0) == []
    [sentence] = faults(
        replace(FIT, packages={"numpy": "2.4.2"}),
        python="3.11.9",
        lock=forked,
        code=FIT.code,
        requested_at=999.0,
        answered_at=1001.0,
    )
    assert missing_data(sentence, "uv.lock", "numpy", "2.4.1", "2.5.0", "2.4.2") == []


def test_without_a_lock_packages_are_not_compared() -> None:
    bare = replace(FIT, packages={})
    assert faults(bare, python="3.11.9", lock="", code={"assay": "aa"}, requested_at=999.0, answered_at=1001.0) == []
