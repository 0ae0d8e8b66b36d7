"""The errors that Assay raises, each with the exit code that a scheduler reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class Location:
    """A place in a file that a person wrote.

    Attributes:
        file: The path as messages show it.
        line: The line, counted from 1.
        column: The column, counted from 1.
        length: The number of characters to underline.
        text: The line. It may be empty.
    """

    file: str
    line: int
    column: int
    length: int = 1
    text: str = ""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class AssayError(Exception):
    """A failure with a message for people and a stable exit code; the command line prints it without a traceback.

    Args:
        message: What is wrong, with the value that was refused.
        code: A short kebab-case name for programs. It is stable.
        hint: What to do. It may be empty.
        location: The place in the YAML or in the suite, None for an error that has none.

    Attributes:
        exit_code: The exit code of a command that ends with this error.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, code: str, hint: str = "", location: Location | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.hint = hint
        self.location = location

    def __str__(self) -> str:
        """Return place, message and hint on one line, for notebooks, logs and Airflow."""
        where = "" if self.location is None else f"{self.location}: "
        return f"{where}{self.message}" + (f" ({self.hint})" if self.hint else "")

    def render(self) -> str:
        """Return the error in the layout of a compiler: message, place with the line underlined, and hint.

        Returns:
            One or several lines, without a line break at the end.
        """
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
        """Return the error as plain JSON types, so that another process can raise it again.

        Returns:
            The fields that `error_from_json` reads.
        """
        location = None if self.location is None else asdict(self.location)
        error_fields = {"message": self.message, "code": self.code, "hint": self.hint, "location": location}
        return {"kind": type(self).__name__, **error_fields}


class InputError(AssayError):
    """A mistake in usage, spec, contract or input: correct it and run again (exit 2)."""

    exit_code = 2


class NothingToLearn(InputError):
    """An error about dates without enough labels to learn from or to judge by: none, too few, or all alike (exit 2).

    It has its own class because `assay run` goes on without that training, as it does with too little history.
    """


class SpecErrors(InputError):
    """Several mistakes in one spec, shown together so that a person can correct all of them at once (exit 2).

    Args:
        errors: The mistakes in the order of the spec.
    """

    def __init__(self, errors: list[InputError]) -> None:
        super().__init__("; ".join(error.message for error in errors), code="spec")
        self.errors = errors

    def __str__(self) -> str:
        """Return the text of each error, all on one line."""
        return "; ".join(str(error) for error in self.errors)

    def render(self) -> str:
        """Return each error in the layout of a compiler, with a blank line between two.

        Returns:
            The lines of all errors, without a line break at the end.
        """
        return "\n\n".join(error.render() for error in self.errors)

    def to_json(self) -> dict[str, Any]:
        """Return the errors as plain JSON types, so that another process can raise them again.

        Returns:
            The fields of this error, and under `errors` those of each mistake.
        """
        return {**super().to_json(), "errors": [error.to_json() for error in self.errors]}


def one_or_all(errors: list[InputError]) -> InputError:
    """Return the only mistake of a list, or an error that holds all mistakes of a longer list.

    Args:
        errors: One mistake or more.

    Returns:
        The mistake itself, or a `SpecErrors`.
    """
    return errors[0] if len(errors) == 1 else SpecErrors(errors)


def shown_path(path: Path, root: Path | None) -> str:
    """Return the path of a file for messages: relative to `root` where the file is below it, else unchanged.

    Args:
        path: The path of the file.
        root: The project's folder. None leaves every path as it is.

    Returns:
        The path with slashes.

    >>> shown_path(Path("/a/b/c.yaml"), Path("/a")), shown_path(Path("/a/b/c.yaml"), None)
    ('b/c.yaml', '/a/b/c.yaml')
    """
    return (path.relative_to(root) if root is not None and path.is_relative_to(root) else path).as_posix()


class VerdictFailed(AssayError):
    """A failed verdict: a retry does not help (exit 3)."""

    exit_code = 3


class InfrastructureError(AssayError):
    """A failure of a machine, a store or a service: a retry may help (exit 4)."""

    exit_code = 4


class LostRace(InfrastructureError):
    """A conflict with another process that wrote first, or that writes now: read again, then retry (exit 4)."""


_KINDS = {
    kind.__name__: kind
    for kind in (AssayError, InputError, NothingToLearn, VerdictFailed, InfrastructureError, LostRace)
}


def error_from_json(data: Mapping[str, Any]) -> AssayError:
    """Return the error that `to_json` wrote, with the same class and the same exit code.

    Args:
        data: The fields that `to_json` returned.

    Returns:
        The error, to be raised. The mistakes of a `SpecErrors` become `InputError`.

    Raises:
        KeyError: A field is missing, or the class is unknown.

    >>> error_from_json(LostRace("somebody was faster", code="lost-race").to_json()).exit_code
    4
    """
    if data["kind"] == SpecErrors.__name__:
        return SpecErrors([InputError(one["message"], **_words(one)) for one in data["errors"]])
    return _KINDS[data["kind"]](data["message"], **_words(data))


def _words(data: Mapping[str, Any]) -> dict[str, Any]:
    location = None if data["location"] is None else Location(**data["location"])
    return {"code": data["code"], "hint": data["hint"], "location": location}
