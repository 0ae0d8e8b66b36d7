"""All types of expectations that Assay judges itself, by their names."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType
from typing import Any

from assay.core.expectations import types
from assay.core.expectations.definition.expectation_type import REGISTERED, ExpectationType

for _family in iter_modules(types.__path__):
    import_module(f"{types.__name__}.{_family.name}")

EXPECTATION_TYPES: Mapping[str, ExpectationType[Any]] = MappingProxyType(REGISTERED)
"""The types of every file in `types`; the import of a file registers its types."""


def find_type(name: str) -> ExpectationType[Any]:
    """Return the type `name`: that of Assay, or else one that Great Expectations judges."""
    return EXPECTATION_TYPES.get(name) or ExpectationType(name)
