"""The only place where a user's function is called: an error or a wrong result of it is the user's mistake.

An error names the function, the line of the user's code at which it was raised, and what the function should do.
"""

from __future__ import annotations

import errno
import inspect
import linecache
import traceback
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from assay.errors import AssayError, InfrastructureError, InputError, Location, shown_path
from assay.spec.user_code.package import places_of

_MACHINE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.ENOMEM, errno.EMFILE, errno.ENFILE})
"""The errors of a full or broken machine: no code of a user causes or mends them."""


def call_user(
    function: Callable[..., Any],
    *arguments: Any,
    what: str,
    code: str,
    hint: str = "",
    during: str = "",
    explain: Callable[[Exception], Exception] = lambda error: error,
    keywords: Mapping[str, Any] = MappingProxyType({}),
) -> Any:
    """Return the result of `function`.

    Messages name the function as `what`, and the occasion of the call as `during`. An error for its mistakes has this
    `code` and this `hint`. `explain` translates an error of the engine that the function used (Spark).

    Raises:
        InputError: The function raised an exception; the error has the last line of the user's own code that was
            running.
        InfrastructureError: The machine or the engine failed below it: memory, disk, a lost JVM.
        AssayError: The function raised it: it passes as it is.
    """
    try:
        return function(*arguments, **keywords)
    except MemoryError as error:
        message = f"{what} ran out of memory"
        raise InfrastructureError(message, code="out-of-memory", hint="give the driver more memory") from error
    except (Exception, SystemExit) as error:
        meant = explain(error) if isinstance(error, Exception) else error
        if isinstance(error, AssayError) and meant is error:
            raise
        raise _mistake(error, meant, function, f"{what} failed{during}", code, hint) from error


def refuse_result(function: Callable[..., Any], message: str, *, code: str, hint: str) -> InputError:
    """The error of a function that returned what it may not, at the line where it is defined."""
    return InputError(message, code=code, hint=hint, location=defined_at(function))


def _mistake(
    error: BaseException, meant: BaseException, function: Callable[..., Any], failed: str, code: str, hint: str
) -> AssayError:
    if isinstance(meant, InfrastructureError):
        return meant
    if isinstance(error, OSError) and error.errno in _MACHINE:
        return InfrastructureError(
            f"{failed}: {said_by(error)}", code="machine-failed", hint="this machine is at fault"
        )
    message = meant.message if isinstance(meant, InputError) else said_by(error)
    where = raised_at(error, _module_of(function), file=_file_of(function)) or defined_at(function)
    return InputError(f"{failed}: {message}", code=code, hint=hint, location=where)


def name_of(function: Callable[..., object]) -> str:
    """Return a function as the spec writes it, `module:function`."""
    return f"{getattr(function, '__module__', '?')}:{getattr(function, '__qualname__', repr(function))}"


def said_by(error: BaseException) -> str:
    """Return the type of an error and the first line of its message.

    >>> said_by(KeyError("wind")), said_by(AssertionError())
    ("KeyError: 'wind'", 'AssertionError')
    """
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__


def kind_of(value: object) -> str:
    """Return the type of a value for a message; with its library, since two types of one name are easily confused.

    >>> kind_of(None), kind_of([]), kind_of(Path("x"))
    ('nothing', 'a list', 'a pathlib.PosixPath')
    """
    if value is None:
        return "nothing"
    kind = type(value)
    library = kind.__module__.partition(".")[0]
    name = kind.__qualname__ if library == "builtins" else f"{library}.{kind.__qualname__}"
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"


def raised_at(error: BaseException, module: str, *, file: str = "") -> Location | None:
    """Return the last line that was running when `error` was raised, in `file` or in the top-level package of `module`.

    None where no line of them was running.
    """
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if not frame.filename.startswith("<")]
    last = next((frame for frame in reversed(frames) if frame.filename == file or _is_in(frame.filename, module)), None)
    return None if last is None else line_of(last.filename, last.lineno or 1)


def line_of(file: str, line: int, column: int = 1) -> Location:
    """A line of a source file as a place, underlined from `column` or from its first character."""
    source = linecache.getline(file, line).rstrip("\n").replace("\t", " ")
    indent = len(source) - len(source.lstrip())
    column = max(column, indent + 1)
    return Location(shown_path(Path(file), Path.cwd()), line, column, max(1, len(source) - column + 1), source)


def defined_at(function: Callable[..., Any]) -> Location | None:
    """Return the line at which a function is defined; None for one that was not written in Python."""
    written = getattr(inspect.unwrap(function), "__code__", None)
    return None if written is None else line_of(written.co_filename, _def_line(written))


def _def_line(written: Any) -> int:
    """The line of the `def` itself: the first one of the code is that of a decorator, where there is one."""
    first: int = written.co_firstlineno
    lines: Sequence[str] = linecache.getlines(written.co_filename)[first - 1 : first + 20]
    return first + next((i for i, line in enumerate(lines) if line.lstrip().startswith(("def ", "async def "))), 0)


def _file_of(function: Callable[..., Any]) -> str:
    written = getattr(inspect.unwrap(function), "__code__", None)
    return "" if written is None else str(written.co_filename)


def _module_of(function: Callable[..., Any]) -> str:
    return str(getattr(function, "__module__", None) or "")


def _is_in(file: str, module: str) -> bool:
    try:
        folders, single = places_of(module.partition(".")[0])
    except InputError:
        return False
    return Path(file) == single or any(Path(file).is_relative_to(folder) for folder in folders)
