"""Every way in which Assay refuses, each with the exit code that a scheduler reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class Location:
    """A place in a file that a person wrote: 1-based line and column, and how many characters to underline."""

    file: str
    line: int
    column: int
    length: int = 1
    text: str = ""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class AssayError(Exception):
    """A failure that is said in words and ends with a stable exit code; never shown as a traceback.

    `code` is a short kebab-case name for machines, `hint` says what to do, `location` points into the YAML.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, code: str, hint: str = "", location: Location | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.hint = hint
        self.location = location

    def __str__(self) -> str:
        """Return place, message and hint on one line: all that a notebook, a log or Airflow shows of an exception."""
        where = "" if self.location is None else f"{self.location}: "
        return f"{where}{self.message}" + (f" ({self.hint})" if self.hint else "")

    def render(self) -> str:
        """The message as a compiler would print it: what, where with the line underlined, and what to do."""
        lines = [f"error[{self.code}]: {self.message}"]
        if self.location is not None:
            lines.append(f"  --> {self.location}")
            if self.location.text:
                lines.append(f"   | {self.location.text}")
                underline = " " * (self.location.column - 1) + "^" * max(1, self.location.length)
                lines.append(f"   | {underline} {self.hint}".rstrip())
                return "\n".join(lines)
        if self.hint:
            lines.append(f"   = {self.hint}")
        return "\n".join(lines)

    def to_json(self) -> dict[str, Any]:
        """The error as plain JSON types, for another process to show as its own."""
        location = None if self.location is None else asdict(self.location)
        error_fields = {"message": self.message, "code": self.code, "hint": self.hint, "location": location}
        return {"kind": type(self).__name__, **error_fields}


class InputError(AssayError):
    """A mistake in usage, spec, contract or input: fix it and run again (exit 2)."""

    exit_code = 2


class NothingToLearn(InputError):
    """Nothing can be learned or judged from the labels of some dates: none, too few, or all alike (exit 2).

    A kind of its own since a run goes on without that training, as it does where there is too little history.
    """


class SpecErrors(InputError):
    """Several mistakes in one spec, shown together so that they are mended in one go (exit 2)."""

    def __init__(self, errors: list[InputError]) -> None:
        super().__init__("; ".join(error.message for error in errors), code="spec")
        self.errors = errors

    def __str__(self) -> str:
        """Return each error as it would be alone, on one line."""
        return "; ".join(str(error) for error in self.errors)

    def render(self) -> str:
        """Each error as it would be shown alone, one blank line between them."""
        return "\n\n".join(error.render() for error in self.errors)

    def to_json(self) -> dict[str, Any]:
        """The errors, each as it would be alone."""
        return {**super().to_json(), "errors": [error.to_json() for error in self.errors]}


def one_or_all(errors: list[InputError]) -> InputError:
    """The mistake itself where there is one, all of them together where there are several."""
    return errors[0] if len(errors) == 1 else SpecErrors(errors)


def shown_path(path: Path, root: Path | None) -> str:
    """A file as messages name it: below `root` by the way from there, any other in full.

    >>> shown_path(Path("/a/b/c.yaml"), Path("/a")), shown_path(Path("/a/b/c.yaml"), None)
    ('b/c.yaml', '/a/b/c.yaml')
    """
    return (path.relative_to(root) if root is not None and path.is_relative_to(root) else path).as_posix()


class VerdictFailed(AssayError):
    """Judged, and the verdict says no: never worth a retry (exit 3)."""

    exit_code = 3


class InfrastructureError(AssayError):
    """A machine, store or service failed: worth a retry (exit 4)."""

    exit_code = 4


class LostRace(InfrastructureError):
    """Somebody else wrote first, or is writing now: look again, then retry (exit 4)."""


_KINDS = {
    kind.__name__: kind
    for kind in (AssayError, InputError, NothingToLearn, VerdictFailed, InfrastructureError, LostRace)
}


def error_from_json(data: Mapping[str, Any]) -> AssayError:
    """The error that `to_json` wrote, of the same kind and so with the same exit code.

    >>> error_from_json(LostRace("somebody was faster", code="lost-race").to_json()).exit_code
    4
    """
    if data["kind"] == SpecErrors.__name__:
        return SpecErrors([InputError(one["message"], **_words(one)) for one in data["errors"]])
    return _KINDS[data["kind"]](data["message"], **_words(data))


def _words(data: Mapping[str, Any]) -> dict[str, Any]:
    location = None if data["location"] is None else Location(**data["location"])
    return {"code": data["code"], "hint": data["hint"], "location": location}
