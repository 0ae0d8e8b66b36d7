"""The page of the Python API: the public names with their signatures and docstrings."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import assay
from assay import errors
from assay.api import PipelineHandle, local_spark, open_pipeline
from devtools.documentation.markdown import block, code, page, paragraphs, table

LEAD = (
    "Look up the public names of Python, which are those of a notebook. [What is public](../stability.md) lists them "
    "and the promise that they carry. All other modules are internal."
)
METHODS = tuple(name for name in vars(PipelineHandle) if not name.startswith("_"))
"""The public members of the handle that `assay.open` returns."""

ERRORS = (
    errors.AssayError, errors.InputError, errors.NothingToLearn, errors.SpecErrors, errors.VerdictFailed,
    errors.InfrastructureError, errors.LostRace,
)  # fmt: skip

MAX_SIGNATURE = 88
"""The length of a signature that is shown on one line."""

_SECTION = re.compile(r"^(Args|Returns|Raises|Yields):$")
_ITEM = re.compile(r"^ {4}(\*{0,2}\w+): (.*)$")


def python_api_page() -> str:
    """Return the page of the Python API."""
    parts = ["## `assay.open`", _function("assay.open", open_pipeline), "## The handle of a pipeline"]
    parts.append(paragraphs(_doc(PipelineHandle).partition("\n\nArgs:")[0]))  # `assay.open` makes it
    for name in METHODS:
        parts += [f"### `PipelineHandle.{name}`", _member(name)]
    parts += ["## `assay.local_spark`", _function("assay.local_spark", local_spark)]
    parts += ["## `assay.__version__`", f"The version of the package, as text: {code(assay.__version__)}."]
    parts += ["## `assay.errors`", paragraphs(_doc(errors.AssayError)), _errors()]
    return page("Python", LEAD, *parts)


def _member(name: str) -> str:
    member = inspect.getattr_static(PipelineHandle, name)
    if isinstance(member, property):
        assert member.fget is not None, f"{name} can be read"
        kind = inspect.signature(member.fget).return_annotation
        return f"{block('python', f'PipelineHandle.{name}: {kind}')}\n\n{docstring(_doc(member))}"
    return _function(f"PipelineHandle.{name}", member)


def _function(name: str, function: Callable[..., Any]) -> str:
    return f"{block('python', signature(name, function))}\n\n{docstring(_doc(function))}"


def signature(name: str, function: Callable[..., Any]) -> str:
    """Return the signature as its source has it, with a line for each parameter where it is long."""
    whole = inspect.signature(function)
    lines: list[str] = []
    for parameter in whole.parameters.values():
        if parameter.kind is parameter.KEYWORD_ONLY and "*" not in lines:
            lines.append("*")
        if parameter.name != "self":
            lines.append(_parameter(parameter))
    short = f"{name}({', '.join(lines)}) -> {whole.return_annotation}"
    long = "".join(f"    {line},\n" for line in lines)
    return short if len(short) <= MAX_SIGNATURE else f"{name}(\n{long}) -> {whole.return_annotation}"


def _parameter(parameter: inspect.Parameter) -> str:
    stars = "**" if parameter.kind is parameter.VAR_KEYWORD else "*" * (parameter.kind is parameter.VAR_POSITIONAL)
    words = f"{stars}{parameter.name}: {parameter.annotation}"
    if parameter.default is parameter.empty:
        return words
    default = f'"{parameter.default}"' if isinstance(parameter.default, str) else repr(parameter.default)
    return f"{words} = {default}"


def docstring(text: str) -> str:
    r"""Return a docstring of Google's layout as Markdown: its paragraphs, and a table for each section.

    >>> print(docstring("Return it.\n\nArgs:\n    day: A date,\n        local.\n"))
    Return it.
    <BLANKLINE>
    | parameter | meaning |
    | --- | --- |
    | `day` | A date, local. |
    """
    parts: list[str] = []
    prose: list[str] = []
    for line, section in _by_section(text.splitlines()):
        if section is None:
            prose.append(line)
        else:
            parts += [paragraphs("\n".join(prose)), _section(line, section)]
            prose = []
    return "\n\n".join(part for part in [*parts, paragraphs("\n".join(prose))] if part)


def _by_section(lines: Sequence[str]) -> Iterator[tuple[str, list[str] | None]]:
    """Return each line of prose, and each heading of a section with the lines below it."""
    at = 0
    while at < len(lines):
        match = _SECTION.match(lines[at])
        if match is None:
            yield lines[at], None
            at += 1
            continue
        end = next((n for n in range(at + 1, len(lines)) if lines[n] and not lines[n].startswith(" ")), len(lines))
        yield match[1], list(lines[at + 1 : end])
        at = end


def _section(heading: str, lines: Sequence[str]) -> str:
    items: list[list[str]] = []
    for line in filter(str.strip, lines):
        match = _ITEM.match(line)
        if match and heading in ("Args", "Raises"):
            items.append([code(match[1]), match[2]])
        elif items:
            items[-1][1] += f" {line.strip()}"
        else:
            items.append(["", line.strip()])
    if heading in ("Args", "Raises"):
        return table(["parameter" if heading == "Args" else "raises", "meaning"], items)
    return f"{heading}: {' '.join(item[1] for item in items)}"


def _errors() -> str:
    rows = []
    for kind in ERRORS:
        base = kind.__mro__[1].__name__
        first = paragraphs(_doc(kind)).split("\n\n")[0]
        rows.append([code(kind.__name__), code(base), str(kind.exit_code), first])
    fields = (
        "Each error has `code`, `message`, `hint`, `location` and `exit_code`. The code is a stable name for programs, "
        "listed on the page of [error codes](error-codes.md)."
    )
    return f"{fields}\n\n{table(['class', 'derived from', 'exit code', 'meaning'], rows)}"


def _doc(thing: object) -> str:
    return inspect.getdoc(thing) or ""
