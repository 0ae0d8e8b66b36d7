"""The check of a cluster's worker against the driver and the lock, as sentences."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

_OLDER = "is an older copy in the environment?"
MAX_CLOCK_SKEW_SECONDS = 60.0
"""Seconds by which a worker's clock may differ: executors compare `available_at`, which is less precise than that."""

PACKAGES = ("numpy", "pandas", "pyarrow", "scikit-learn", "scipy", "skops", "xgboost-cpu")
"""The packages that run on executors, and whose versions change a score or a format."""


@dataclass(frozen=True, slots=True)
class Worker:
    """The facts that an executor's Python reports about itself; `clock` is in seconds since the epoch."""

    host: str
    python: str
    packages: Mapping[str, str | None]
    code: Mapping[str, str]
    clock: float


def faults(
    worker: Worker, *, python: str, lock: str, code: Mapping[str, str], requested_at: float, answered_at: float
) -> list[str]:
    """Return a sentence for each fault of a worker, none for a worker without fault.

    The text of uv.lock is `lock`; an empty one compares no packages. The digests of the code by package are `code`. The
    driver's clock before and after the request is `requested_at` and `answered_at`.

    >>> fit = Worker("node-1", "3.11.7", {}, {"flights": "aa"}, 100.0)
    >>> faults(fit, python="3.11.2", lock="", code={"flights": "bb"}, requested_at=99.0, answered_at=101.0)
    ["node-1 runs another code of 'flights' than the driver: is an older copy in the environment?"]
    """
    problems = []
    if _minor(worker.python) != _minor(python):
        problems.append(
            f"{worker.host} runs Python {worker.python}, and the driver {python}: workers need the same minor"
        )
    for name, versions in _wanted(lock).items():
        has = worker.packages.get(name)
        versions_text = " or ".join(versions)
        if has is None:
            problems.append(f"{worker.host} lacks {name}, which uv.lock has at {versions_text}")
        elif has not in versions:
            problems.append(
                f"{worker.host} has {name} {has}, and uv.lock has {versions_text}: pack the environment again"
            )
    for name, digest in code.items():
        if worker.code.get(name) != digest:
            problems.append(f"{worker.host} runs another code of '{name}' than the driver: {_OLDER}")
    apart = max(requested_at - worker.clock, worker.clock - answered_at, 0.0)
    if apart > MAX_CLOCK_SKEW_SECONDS:
        problems.append(f"the clock of {worker.host} is {apart:.0f} s from the driver's: is time synchronised there?")
    return problems


def locked_versions(lock: str, names: Sequence[str]) -> dict[str, tuple[str, ...]]:
    r"""Return the versions of some packages in the text of a uv.lock, in its order, without packages that it lacks.

    A package has several versions where the newest one does not support a Python or a platform of the project.

    >>> entry = '[[package]]\nname = "numpy"\nversion = "{}"\n'
    >>> locked_versions(entry.format("2.4.1") + entry.format("2.5.0"), ["numpy", "scipy"])
    {'numpy': ('2.4.1', '2.5.0')}
    """
    versions_by_name: dict[str, tuple[str, ...]] = {}
    for one in tomllib.loads(lock).get("package", []):
        if one["name"] in names and "version" in one:
            versions_by_name[one["name"]] = (*versions_by_name.get(one["name"], ()), one["version"])
    return versions_by_name


@lru_cache
def _wanted(lock: str) -> Mapping[str, tuple[str, ...]]:
    # A lock has hundreds of packages, and a cluster as many workers.
    return locked_versions(lock, PACKAGES) if lock else {}


def _minor(version: str) -> str:
    return ".".join(version.split(".")[:2])
