"""Java, Python, the packages and Delta's jars: present, and in versions that go together."""

from __future__ import annotations

import platform
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version

from assay.core.operations.compatibility import PACKAGES, PYTHON, PackageVersions, is_allowed, judge_packages
from assay.doctor.check_line import PassedCheck
from assay.errors import InputError

_OTHER_NAMES = {"xgboost-cpu": "xgboost"}
"""A second name under which a package may be installed: the same code, built for graphics cards too."""


def check_java() -> PassedCheck:
    """Return the Java that Spark will start.

    Raises:
        InputError: There is none, or one that is too old or does not run.
    """
    from assay.spark.session.java import find_java, java_version

    home = find_java()
    return PassedCheck(f"Java {java_version(home / 'bin' / 'java')} in {home}")


def check_python(running: str = "") -> PassedCheck:
    """Return the version of Python; `running` replaces that of this process.

    Raises:
        InputError: Assay does not run on it.
    """
    running = running or platform.python_version()
    if not is_allowed(running, PYTHON):
        hint = "uv sync --python 3.11, or a virtual environment of an allowed version"
        raise InputError(f"Python {running} is not one of {PYTHON}", code="wrong-python", hint=hint)
    return PassedCheck(f"Python {running}")


def check_packages(version_of: Callable[[str], str] | None = None) -> PassedCheck:
    """Return that the installed packages go together; `version_of` replaces the look at this environment.

    Raises:
        InputError: A package is missing, or in a version that does not go with the others.
    """
    version_of = version_of or installed_version
    versions = judge_packages({one.name: text for one in PACKAGES if (text := version_of(one.name))})
    if versions.wrong:
        raise _wrong(versions)
    tested = f"{len(PACKAGES) - len(versions.untested)} of {len(PACKAGES)} packages in the tested version"
    details = [f"{one.name} {text} is allowed, {one.tested} is tested" for one, text in versions.untested]
    return PassedCheck(tested, tuple(details))


def check_jars() -> PassedCheck:
    """Return the place of Delta's jars, which have to be of the version of the package `delta-spark`.

    Raises:
        InputError: They are not installed, or they do not go with the package.
    """
    from assay.spark.session.jars import VERSION, installed_jars

    package = installed_version("delta-spark")
    if package and package != VERSION:
        hint = f"pip install 'delta-spark=={VERSION}', or 'uv sync' in a checkout"
        message = f"the package delta-spark {package} does not go with the jars of Delta {VERSION}"
        raise InputError(message, code="wrong-packages", hint=hint)
    jars = installed_jars()
    return PassedCheck(f"Delta {VERSION} " + (f"in {jars[0].parent}" if jars else "beside Spark's own"))


def installed_version(package: str) -> str:
    """Return the version of an installed package, empty where it is not installed."""
    for name in filter(None, (package, _OTHER_NAMES.get(package))):
        try:
            return version(name)
        except PackageNotFoundError:
            continue
    return ""


def _wrong(versions: PackageVersions) -> InputError:
    faults = [
        f"{one.name} {text or 'is not installed'}" + (f" is not {one.allowed}" if text else "")
        for one, text in versions.wrong
    ]
    specifiers = " ".join(f"'{one.name}{one.allowed}'" for one, _ in versions.wrong)
    hint = f"pip install {specifiers}, or 'uv sync' in a checkout"
    return InputError(f"the versions do not go together: {'; '.join(faults)}", code="wrong-packages", hint=hint)
