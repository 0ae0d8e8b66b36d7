"""The versions that were tested together, and the judgement of those that are installed.

`docs/compatibility.md` shows the same rows. A test compares the two, and both with `uv.lock` and `pyproject.toml`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

PYTHON = ">=3.11,<3.14"
"""The versions of Python that are allowed."""


@dataclass(frozen=True, slots=True)
class TestedPackage:
    """A package of PyPI: the version that the tests ran with, and the versions that are allowed.

    `allowed` has conditions of `==`, `>=` and `<`, with a comma between two.
    """

    name: str
    tested: str
    allowed: str

    __test__ = False  # pytest would collect it by its name


PACKAGES = (
    TestedPackage("pyspark", "4.2.0", "==4.2.0"),
    TestedPackage("delta-spark", "4.4.0", "==4.4.0"),
    TestedPackage("deltalake", "1.6.6", ">=1.6.6,<2"),
    TestedPackage("mlflow", "3.17.2", "==3.17.2"),
    TestedPackage("great-expectations", "1.24.1", "==1.24.1"),
    TestedPackage("xgboost-cpu", "3.2.0", ">=3.2,<3.3"),
    TestedPackage("scikit-learn", "1.9.1", ">=1.9,<1.10"),
    TestedPackage("skops", "0.16.0", ">=0.13"),
    TestedPackage("optuna", "4.9.0", ">=4.4,<5"),
    TestedPackage("numpy", "2.4.6", ">=2.3,<3"),
    TestedPackage("scipy", "1.17.1", ">=1.17,<1.18"),
    TestedPackage("pandas", "2.3.3", ">=2.2,<3"),
    TestedPackage("pyarrow", "25.0.1", ">=22"),
    TestedPackage("pydantic", "2.14.3", ">=2.11,<3"),
    TestedPackage("hdfs", "2.7.3", ">=2.7.3,<3"),
)
"""The packages of Spark's environment, in the order of the page."""


@dataclass(frozen=True, slots=True)
class PackageVersions:
    """The installed packages beside the tested ones.

    - `wrong` are packages that are missing (version "") or outside of what is allowed, with their versions.
    - `untested` are packages in an allowed version that the tests did not run with.
    """

    wrong: tuple[tuple[TestedPackage, str], ...]
    untested: tuple[tuple[TestedPackage, str], ...]


def judge_packages(installed: Mapping[str, str]) -> PackageVersions:
    """Return which packages do not go together, and which were not tested.

    `installed` has the version of each package that is installed, by its name; one that is not installed is left out.
    """
    wrong, untested = [], []
    for package in PACKAGES:
        version = installed.get(package.name, "")
        if not is_allowed(version, package.allowed):
            wrong.append((package, version))
        elif version != package.tested:
            untested.append((package, version))
    return PackageVersions(tuple(wrong), tuple(untested))


def is_allowed(version: str, allowed: str) -> bool:
    """Return whether a version meets all conditions; pre-releases count as the release that they precede.

    >>> is_allowed("3.2.1", ">=3.2,<3.3"), is_allowed("3.10", "<3.3"), is_allowed("4.2", "==4.2.0"), is_allowed("", "")
    (True, False, True, False)
    """
    if not version:
        return False
    return all(_meets(version, condition) for condition in filter(None, allowed.split(",")))


def _meets(version: str, condition: str) -> bool:
    operator, bound = re.findall(r"==|>=|<|[^=<>]+", condition)
    parts, bound_parts = _release(version), _release(bound)
    length = max(len(parts), len(bound_parts))
    parts, bound_parts = parts + (0,) * (length - len(parts)), bound_parts + (0,) * (length - len(bound_parts))
    return {"==": parts == bound_parts, ">=": parts >= bound_parts, "<": parts < bound_parts}[operator]


def _release(version: str) -> tuple[int, ...]:
    match = re.match(r"\d+(?:\.\d+)*", version.strip())
    return tuple(int(part) for part in match[0].split(".")) if match else ()
