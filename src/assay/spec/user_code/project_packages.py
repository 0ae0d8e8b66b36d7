"""Packages that lie in the project's own folder: Python finds them there without an installation."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Iterable
from pathlib import Path

_APPENDED: list[str] = []
"""The folder that was appended to Python's path, if any: that of the project that was opened last."""


def make_importable(root: Path, packages: Iterable[str]) -> None:
    """Append the project's folder `root` to Python's path if it holds one of `packages` and nothing else does.

    What is installed, or named by PYTHONPATH, comes first. The folder of another project is removed again, so that a
    process which opens several projects imports the package of each.
    """
    for other in [place for place in _APPENDED if place != str(root)]:
        _APPENDED.remove(other)
        if other in sys.path:
            sys.path.remove(other)
    held = [name for name in packages if (root / name / "__init__.py").is_file() or (root / f"{name}.py").is_file()]
    if str(root) not in sys.path and any(_is_missing(name) for name in held):
        sys.path.append(str(root))
        _APPENDED.append(str(root))
        importlib.invalidate_caches()


def _is_missing(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is None
    except (ImportError, ValueError):
        return False
