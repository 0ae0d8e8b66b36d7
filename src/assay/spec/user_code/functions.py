"""The user's code: find functions by `module:function`, and check their arguments before they are called."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import sys
import traceback
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

from assay.core.suggestions import did_you_mean
from assay.errors import InputError, Location
from assay.spec.user_code.calls import line_of, raised_at
from assay.spec.user_code.imported_code import code_digest, code_zip

__all__ = ["check_arguments", "code_digest", "code_zip", "load_function"]


def load_function(reference: str, *, location: Location | None = None) -> Callable[..., Any]:
    """Return the function that `module:function` names; imports its module.

    `location` is the place of the reference.

    Raises:
        InputError: There is no such module or function, or the module itself fails while it is imported. Then the error
            has the file and line of the user's code that failed.
    """
    module_name, colon, name = reference.partition(":")
    if not colon or not name.isidentifier() or not all(part.isidentifier() for part in module_name.split(".")):
        hint = "a function is written as module:function"
        raise InputError(f"'{reference}' names no function", code="bad-reference", hint=hint, location=location)
    module = _import(module_name, reference, location)
    attribute = getattr(module, name, None)
    if attribute is None:
        functions = sorted(n for n, value in vars(module).items() if callable(value) and not n.startswith("_"))
        raise InputError(
            f"the module '{module_name}' has no function '{name}'",
            code="unknown-function",
            hint=did_you_mean(name, functions, "it has"),
            location=location,
        )
    if not callable(attribute):
        message = f"'{reference}' is a {type(attribute).__name__}, not a function"
        raise InputError(message, code="unknown-function", location=location)
    function: Callable[..., Any] = attribute
    return function


def check_arguments(
    function: Callable[..., Any],
    *,
    positional: Sequence[str] = (),
    keywords: Sequence[str] = (),
    reference: str = "",
    location: Location | None = None,
) -> None:
    """Check that `function` can be called with these positional and keyword arguments.

    Raises:
        InputError: It cannot; the message names the argument and shows the parameters that the function really has.

    >>> def f(rows, *, outcomes): ...
    >>> check_arguments(f, positional=["rows"], keywords=["outcomes"])
    >>> check_arguments(f, positional=["rows"], keywords=["dew"])
    Traceback (most recent call last):
    assay.errors.InputError: 'f' takes (rows, *, outcomes): it has no argument 'dew' (it is called with (rows, dew=))
    """
    parameters = inspect.signature(function).parameters.values()
    complaint = _too_many(parameters, positional) or _not_taken(parameters, positional, keywords)
    complaint = complaint or _not_given(parameters, positional, keywords)
    if complaint:
        name = reference or getattr(function, "__name__", "the function")
        shown = ", ".join(_names_only(list(parameters)))
        call_arguments = ", ".join([*positional, *(f"{word}=" for word in keywords)])
        hint = f"it is called with ({call_arguments})"
        message = f"'{name}' takes ({shown}): {complaint}"
        raise InputError(message, code="wrong-arguments", hint=hint, location=location)


Parameters = Sequence[inspect.Parameter] | Any


def _too_many(parameters: Parameters, positional: Sequence[str]) -> str:
    if any(p.kind is p.VAR_POSITIONAL for p in parameters):
        return ""
    places = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    extra = positional[len(places) :]
    return f"it has no place for '{extra[0]}'" if extra else ""


def _not_taken(parameters: Parameters, positional: Sequence[str], keywords: Sequence[str]) -> str:
    if any(p.kind is p.VAR_KEYWORD for p in parameters):
        return ""
    places = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    free = {p.name for p in places[len(positional) :] if p.kind is p.POSITIONAL_OR_KEYWORD}
    free |= {p.name for p in parameters if p.kind is p.KEYWORD_ONLY}
    missing = [f"'{word}'" for word in keywords if word not in free]
    return f"it has no argument {', '.join(missing)}" if missing else ""


def _not_given(parameters: Parameters, positional: Sequence[str], keywords: Sequence[str]) -> str:
    places = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    open_ = [*places[len(positional) :], *(p for p in parameters if p.kind is p.KEYWORD_ONLY)]
    missing = [f"'{p.name}'" for p in open_ if p.default is p.empty and p.name not in keywords]
    return f"nothing gives it {', '.join(missing)}" if missing else ""


def _names_only(parameters: list[inspect.Parameter]) -> list[str]:
    bare = [p.replace(annotation=p.empty) for p in parameters]
    return str(inspect.Signature(bare))[1:-1].split(", ") if bare else []


def _import(name: str, reference: str, location: Location | None) -> ModuleType:
    importlib.invalidate_caches()
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is not None and (name == error.name or name.startswith(f"{error.name}.")):
            raise _no_module(name, error.name, reference, location) from None
        raise _broken(name, error) from None
    except (Exception, SystemExit) as error:
        raise _broken(name, error) from None


def _no_module(name: str, missing: str, reference: str, location: Location | None) -> InputError:
    parent, _, last = missing.rpartition(".")
    if parent:
        holder = sys.modules.get(parent)
        known = [module.name for module in pkgutil.iter_modules(getattr(holder, "__path__", []))]
        hint = did_you_mean(last, known, f"{parent} has")
    else:
        hint = did_you_mean(last, [module.name for module in pkgutil.iter_modules()], "")
        hint = hint if hint.startswith("did") else "install the package that holds it"
    message = f"there is no module '{missing}', which '{reference or name}' needs"
    return InputError(message, code="unknown-module", hint=hint, location=location)


def _broken(name: str, error: BaseException) -> InputError:
    """The error of the user's own code: its last line outside of Python's import machinery, and its message."""
    if isinstance(error, SyntaxError) and error.filename and error.lineno:
        message, where = f"SyntaxError: {error.msg}", line_of(error.filename, error.lineno, error.offset or 1)
    else:
        message = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        where = raised_at(error, name) or _innermost(error)
    return InputError(
        f"the module '{name}' cannot be imported: {message}",
        code="broken-code",
        hint="correct that line",
        location=where,
    )


def _innermost(error: BaseException) -> Location:
    frames = [f for f in traceback.extract_tb(error.__traceback__) if not f.filename.startswith("<frozen")]
    return line_of(frames[-1].filename, frames[-1].lineno or 1)
