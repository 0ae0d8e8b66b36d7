"""A line of the doctor: ok with a sentence, or a fault with its exit code and the command that mends it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from assay.errors import AssayError, InfrastructureError

_MEND = {
    "cannot-write": "look at the folder's owner and free space: 'hdfs dfs -ls' and 'hdfs dfsadmin -report' on HDFS, "
    "else 'ls -ld' and 'df'"
}
"""The commands for errors that have no hint of their own, since a stage raises them in the middle of its work."""


@dataclass(frozen=True, slots=True)
class PassedCheck:
    """The sentence of a check that passed; `details` go below it, one a line."""

    sentence: str
    details: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CheckLine:
    """The result of one check.

    - `exit_code` is 0, 2 for a mistake that a person corrects, and 4 for a service or a machine at fault.
    - `code` is the stable name of the fault, and `mend` the command or the change that mends it.
    """

    title: str
    sentence: str
    exit_code: int = 0
    code: str = ""
    mend: str = ""
    details: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """True where nothing is wrong."""
        return self.exit_code == 0

    def to_json(self) -> dict[str, Any]:
        """Return the line as plain JSON types, without the title."""
        fault = {} if self.passed else {"error": self.code, "mend": self.mend}
        return {"exit_code": self.exit_code, "sentence": self.sentence, "details": list(self.details), **fault}


def line_of(title: str, check: Callable[[], PassedCheck]) -> CheckLine:
    """Return the line of a check; an error that it raises is its fault, and hides no other check."""
    try:
        passed = check()
    except AssayError as error:
        return fault_line(title, error)
    except OSError as error:
        return fault_line(title, InfrastructureError(str(error), code="no-access"))
    return CheckLine(title, passed.sentence, details=passed.details)


def fault_line(title: str, error: AssayError) -> CheckLine:
    """Return the line of a fault."""
    where = "" if error.location is None else f"{error.location}: "
    return CheckLine(title, where + error.message, error.exit_code, error.code, error.hint or _MEND.get(error.code, ""))
