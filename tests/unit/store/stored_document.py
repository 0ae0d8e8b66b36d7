"""An example of a document that Assay keeps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class StoredDocument:
    """A document: its path below the lake, how the example is written there, what reading it gives.

    `equal` is that value; None where reading returns nothing.
    """

    path: str
    write: Callable[[Path], object]
    read: Callable[[Path], object] | None = None
    equal: object = None
