"""Suite files as Great Expectations 1.x writes them, read into checks without importing Great Expectations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from assay.core.check import Check, CheckCost, Severity
from assay.core.expectations.catalog import EXPECTATION_TYPES, find_type
from assay.core.expectations.definition.domain import WrittenExpectation
from assay.core.expectations.definition.expectation_type import DECLARED_TYPE
from assay.core.expectations.judge import cost_of
from assay.core.expectations.sql.invalid_expectation import MistakeError
from assay.core.suggestions import did_you_mean
from assay.errors import InputError, Location, one_or_all, shown_path
from assay.quality.applicability import check_keywords, check_sense
from assay.quality.row_conditions import selected_rows
from assay.quality.suite_text import SuiteText, read_suite_text


def load_suite(path: Path, columns: Mapping[str, str] | Iterable[tuple[str, str]], *, name: str = "") -> list[Check]:
    """Return the checks of a suite in their order, each with its place and the SQL that measures it.

    Great Expectations judges the checks that Assay cannot judge: `needs_fallback` returns True for them.

    Args:
        path: The file of the suite.
        columns: The schema type of each column of the table.
        name: The name of the file in messages; empty for its path.

    Raises:
        InputError: The file is no suite, or one expectation makes no sense; the error has the place and a hint.
        SpecErrors: Several expectations make no sense.
    """
    suite = _read(path, name or shown_path(path, Path.cwd()))
    types = dict(columns)
    checks: list[Check] = []
    errors: list[InputError] = []
    for number, entry in enumerate(_entries(suite)):
        try:
            checks.append(replace(_check(entry, types), location=_place(suite, number, entry)))
        except MistakeError as mistake:
            errors.append(_refused(suite, number, entry, mistake))
        except (KeyError, TypeError, ValueError) as error:
            words = f"lacks {error}" if isinstance(error, KeyError) else str(error)
            errors.append(_refused(suite, number, entry, MistakeError(words, keyword=_keyword_in(words, entry))))
    if errors:
        raise one_or_all(errors)
    return checks


def needs_fallback(check: Check) -> bool:
    """Return whether only Great Expectations itself, on the frame, can judge the check."""
    return cost_of(check) is CheckCost.FALLBACK


def _read(path: Path, name: str) -> SuiteText:
    if not path.exists():
        there = [file.name for file in path.parent.glob("*.json")]
        raise InputError(f"there is no suite {name}", code="missing-suite", hint=did_you_mean(path.name, there))
    return read_suite_text(path, name)


def _entries(suite: SuiteText) -> list[Any]:
    entries = suite.value.get("expectations") if isinstance(suite.value, dict) else None
    if not isinstance(entries, list):
        raise _mistake(suite, "it has no list 'expectations'", suite.at("expectations"))
    if not entries:
        hint = "nothing passes on no checks; leave 'suite' out of the table"
        raise _mistake(suite, "it has no expectation", suite.at("expectations"), hint)
    return entries


def _refused(suite: SuiteText, number: int, entry: Any, mistake: MistakeError) -> InputError:
    kind = entry.get("type") if isinstance(entry, dict) else None
    what = f"{kind} (expectation {number + 1})" if isinstance(kind, str) else f"expectation {number + 1}"
    between = " " if str(mistake).startswith(("is ", "has ", "uses ")) else ": "
    where = _place(suite, number, entry, mistake.keyword)
    return _mistake(suite, f"{what}{between}{mistake}", where, mistake.hint, mistake.code)


def _place(suite: SuiteText, number: int, entry: Any, keyword: str = "") -> Location:
    """Return the place of a keyword of an expectation; without it the place of its regex, else of its type."""
    kwargs = entry.get("kwargs") if isinstance(entry, dict) else None
    inside = kwargs if isinstance(kwargs, dict) and keyword not in _OUTSIDE else {}
    for name in (keyword, "regex", "regex_list"):
        if name in inside:
            return suite.at("expectations", number, "kwargs", name)
    outside = keyword if keyword in _OUTSIDE else "type"
    return suite.at("expectations", number, *([outside] if isinstance(entry, dict) and outside in entry else []))


def _keyword_in(words: str, entry: Any) -> str:
    """Return the keyword or argument that a message names, as in "its min_value"; empty for none."""
    kwargs = entry.get("kwargs") if isinstance(entry, dict) else None
    names = kwargs if isinstance(kwargs, dict) else {}
    return next((name for name in sorted(names, key=len, reverse=True) if name in words), "")


def _check(entry: Any, columns: Mapping[str, str]) -> Check:
    kind = entry.get("type") if isinstance(entry, dict) else None
    if not isinstance(kind, str):
        raise MistakeError("has no 'type'", hint=_old_hint(entry))
    _require_known(kind)
    kwargs = entry.get("kwargs") or {}
    if not isinstance(kwargs, dict):
        raise MistakeError("its kwargs are no object of names and values", keyword="kwargs")
    kwargs = dict(kwargs)
    check_keywords(kind, kwargs)
    column = kwargs.pop("column", None)
    _require_columns(kind, column, kwargs, columns)
    check_sense(kind, column, kwargs, columns)
    severity = _severity(entry.get("severity"))
    written = WrittenExpectation(column, kwargs, columns, selected_rows(kwargs, columns))
    judged = find_type(kind)
    predicate, applies = judged.compile(written)
    if judged.notes_column_type and column in columns:
        kwargs[DECLARED_TYPE] = columns[column]
    return Check(kind, column, kwargs, severity, predicate, applies)


def _severity(severity_name: Any) -> Severity:
    if severity_name in (None, ""):
        return Severity.CRITICAL
    known = [severity.value for severity in Severity]
    if severity_name not in known:
        raise MistakeError(
            f"its severity is {severity_name!r}", keyword="severity", hint=f"it can be {', '.join(known)}"
        )
    return Severity(severity_name)


def _require_columns(kind: str, column: Any, kwargs: Mapping[str, Any], columns: Mapping[str, str]) -> None:
    """Check that the table has the columns that an expectation names; only `expect_column_to_exist` may name others."""
    named = [("column", column), *((pair, kwargs.get(pair)) for pair in ("column_A", "column_B"))]
    if not kind.startswith("expect_table") and isinstance(kwargs.get("column_list"), list):
        named += [("column_list", name) for name in kwargs["column_list"]]
    for keyword, name in named:
        if name is not None and not isinstance(name, str):
            raise MistakeError(f"its {keyword} is {name!r}, and a column is a text", keyword=keyword)
        if name is not None and name not in columns and kind != "expect_column_to_exist":
            hint = did_you_mean(name, columns)
            message = f"uses '{name}', which the table does not have"
            raise MistakeError(message, keyword=keyword, hint=hint, code="unknown-column")


def _require_known(kind: str) -> None:
    if kind not in EXPECTATION_TYPES and kind not in _shipped():
        known = sorted(_shipped().union(EXPECTATION_TYPES))
        raise MistakeError("is not a type of expectation", hint=did_you_mean(kind, known), code="unknown-expectation")


@cache
def _shipped() -> frozenset[str]:
    """Return the types of the installed Great Expectations from the names of its files: its import takes seconds."""
    spec = find_spec("great_expectations")
    folders = spec.submodule_search_locations if spec is not None else None
    return frozenset(
        file.stem for folder in folders or [] for file in Path(folder, "expectations", "core").glob("*expect*.py")
    )


def _old_hint(entry: Any) -> str:
    old = isinstance(entry, dict) and "expectation_type" in entry
    return "the file is of Great Expectations 0.x: let version 1 write it again" if old else ""


def _mistake(
    suite: SuiteText, message: str, where: Location | None, hint: str = "", code: str = "bad-suite"
) -> InputError:
    return InputError(f"the suite {suite.name}: {message}", code=code, hint=hint, location=where)


_OUTSIDE = frozenset({"severity", "kwargs", "type"})
"""The members of an expectation beside its keywords."""
