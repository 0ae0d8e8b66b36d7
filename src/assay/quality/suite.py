"""Suite files as Great Expectations 1.x writes them, read into checks without importing Great Expectations."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from assay.core.check import Check, Cost, Severity
from assay.core.expectation import JUDGED_TYPES, cost_of
from assay.core.expectation_states import DECLARED_TYPE, STATE_TYPES
from assay.errors import InputError
from assay.quality.compilation import compile_check
from assay.quality.keywords import check_keywords
from assay.spec.suggest import did_you_mean


def load_suite(path: Path, columns: Mapping[str, str] | Iterable[tuple[str, str]]) -> list[Check]:
    """The checks of the suite in `path`, in its order; `columns` gives the schema type of each of the
    table's columns.

    Each comes with the SQL that measures it. What Assay cannot judge is kept for Great Expectations itself:
    `needs_fallback` tells. Raises InputError naming the file, the expectation and the mistake.
    """
    types = dict(columns)
    checks = []
    for number, entry in enumerate(_entries(path), start=1):
        kind = entry.get("type") if isinstance(entry, dict) else None
        if not isinstance(kind, str):
            raise _mistake(path, f"expectation {number} has no 'type'", _old_hint(entry))
        try:
            checks.append(_check(kind, entry, types))
        except _UnknownNameError as error:
            raise _mistake(path, f"{kind} (expectation {number}) {error}", error.hint) from None
        except (KeyError, TypeError, ValueError) as error:
            words = f"lacks {error}" if isinstance(error, KeyError) else str(error)
            raise _mistake(path, f"{kind} (expectation {number}): {words}") from None
    return checks


def needs_fallback(check: Check) -> bool:
    """Whether only Great Expectations itself, on the frame, can judge the check."""
    return cost_of(check) is Cost.FALLBACK


class _UnknownNameError(ValueError):
    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


def _entries(path: Path) -> list[Any]:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        there = [file.name for file in path.parent.glob("*.json")]
        raise InputError(
            f"there is no suite {path}", code="missing-suite", hint=did_you_mean(path.name, there)
        ) from None
    except (OSError, ValueError) as error:
        raise _mistake(path, f"it is not JSON: {error}") from error
    entries = document.get("expectations") if isinstance(document, dict) else None
    if not isinstance(entries, list):
        raise _mistake(path, "it has no list 'expectations'")
    if not entries:
        raise _mistake(path, "it has no expectation", "nothing passes on no checks; leave 'expect' out of the table")
    return entries


def _check(kind: str, entry: Mapping[str, Any], columns: Mapping[str, str]) -> Check:
    _require_known(kind)
    kwargs = dict(entry.get("kwargs") or {})
    check_keywords(kind, kwargs)
    column = kwargs.pop("column", None)
    if kind != "expect_column_to_exist":
        for name in [column, kwargs.get("column_A"), kwargs.get("column_B"), *_listed(kind, kwargs)]:
            if name is not None and name not in columns:
                raise _UnknownNameError(f"uses '{name}', which the table does not have", did_you_mean(name, columns))
    if kind.startswith("expect_column_v") and column is None:
        raise KeyError("column")
    severity = Severity(entry.get("severity") or Severity.CRITICAL)
    predicate, applies = compile_check(kind, column, kwargs, columns)
    if column in columns and kind in STATE_TYPES:
        kwargs[DECLARED_TYPE] = columns[column]
    return Check(kind, column, kwargs, severity, predicate, applies)


def _listed(kind: str, kwargs: Mapping[str, Any]) -> list[str]:
    return [] if kind.startswith("expect_table") else list(kwargs.get("column_list") or [])


def _require_known(kind: str) -> None:
    if kind not in JUDGED_TYPES and kind not in _shipped():
        known = sorted(JUDGED_TYPES | _shipped())
        raise _UnknownNameError("is not a type of expectation", did_you_mean(kind, known))


@cache
def _shipped() -> frozenset[str]:
    """The types that the installed Great Expectations ships, by the names of its files: importing it takes seconds."""
    spec = find_spec("great_expectations")
    folders = spec.submodule_search_locations if spec is not None else None
    return frozenset(
        file.stem for folder in folders or [] for file in Path(folder, "expectations", "core").glob("*expect*.py")
    )


def _old_hint(entry: Any) -> str:
    old = isinstance(entry, dict) and "expectation_type" in entry
    return "the file is of Great Expectations 0.x: let version 1 write it again" if old else ""


def _mistake(path: Path, message: str, hint: str = "") -> InputError:
    return InputError(f"the suite {path}: {message}", code="bad-suite", hint=hint)
