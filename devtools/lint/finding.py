"""A breach of a house rule: where it is, which rule it breaks, and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath


@dataclass(frozen=True, slots=True, order=True)
class LintFinding:
    """A breach at `line` of `path`, which is relative to the checkout."""

    path: PurePath
    line: int
    rule: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.path.as_posix()}:{self.line}: {self.rule}: {self.sentence}"
