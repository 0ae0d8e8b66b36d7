"""The JSON of the generated files that ship with the package: one entry on each line, so that a change is one line."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


def package_json(document: Mapping[str, Any]) -> str:
    """Return the document with a line for each of its keys.

    >>> print(package_json({"a": [1, 2], "b": "…"}), end="")
    {
    "a": [1, 2],
    "b": "…"
    }
    """
    entries = (f"{json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}" for key, value in document.items())
    return "{\n" + ",\n".join(entries) + "\n}\n"
