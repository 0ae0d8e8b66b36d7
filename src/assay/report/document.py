"""The content of pages as plain JSON types."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from enum import Enum
from typing import Any

LEFT_OUT = frozenset({"picture", "evidence"})
"""The fields that repeat what the document has too: the SVG of numbers, and the versions in each promotion."""


def document_of(content: Any) -> Any:
    """Return values of the pages as plain JSON types; a number that JSON lacks is None.

    >>> document_of({"day": date(2024, 1, 2), "value": float("nan")})
    {'day': '2024-01-02', 'value': None}
    """
    if is_dataclass(content) and not isinstance(content, type):
        names = [field.name for field in fields(content) if field.name not in LEFT_OUT]
        return {name: document_of(getattr(content, name)) for name in names}
    if isinstance(content, Mapping):
        return {str(key): document_of(value) for key, value in content.items()}
    if isinstance(content, list | tuple | set | frozenset):
        return [document_of(value) for value in content]
    if isinstance(content, Enum):
        return content.value
    if isinstance(content, date):
        return str(content)
    if isinstance(content, float):
        return content if math.isfinite(content) else None
    return content
