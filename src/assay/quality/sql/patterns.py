"""Expectations of regular expressions and LIKE patterns as Spark SQL predicates."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from assay.quality.sql.java_regex import check_regex
from assay.quality.sql.literals import as_text, literal

Params = Mapping[str, Any]


def _matches(name: str, column_type: str, params: Params) -> str:
    return _rlike(name, column_type, check_regex(params.get("regex"), "regex"))


def _matches_not(name: str, column_type: str, params: Params) -> str:
    return f"NOT ({_matches(name, column_type, params)})"


def _matches_list(name: str, column_type: str, params: Params) -> str:
    patterns = [check_regex(pattern, "regex_list") for pattern in _listed(params, "regex_list")]
    if _for_any(params):
        # Joined, as Great Expectations does it: a flag such as (?i) then holds for all that follow.
        return _rlike(name, column_type, "|".join(patterns))
    return " AND ".join(_rlike(name, column_type, pattern) for pattern in patterns)


def _matches_none(name: str, column_type: str, params: Params) -> str:
    patterns = [check_regex(pattern, "regex_list") for pattern in _listed(params, "regex_list")]
    return " AND ".join(f"NOT ({_rlike(name, column_type, pattern)})" for pattern in patterns)


def _like(name: str, column_type: str, params: Params) -> str:
    return _like_one(name, column_type, params.get("like_pattern"), params)


def _like_not(name: str, column_type: str, params: Params) -> str:
    return f"NOT ({_like(name, column_type, params)})"


def _like_list(name: str, column_type: str, params: Params) -> str:
    parts = [_like_one(name, column_type, pattern, params) for pattern in _listed(params, "like_pattern_list")]
    return "(" + (" OR " if _for_any(params) else " AND ").join(parts) + ")"


def _like_none(name: str, column_type: str, params: Params) -> str:
    return f"NOT {_like_list(name, column_type, {**params, 'match_on': 'any'})}"


def _rlike(name: str, column_type: str, pattern: str) -> str:
    return f"{as_text(name, column_type)} RLIKE {literal(pattern, 'string')}"


def _like_one(name: str, column_type: str, pattern: Any, params: Params) -> str:
    if not isinstance(pattern, str):
        raise ValueError("its pattern must be a text")
    escape = params.get("escape") or "\\"
    if not isinstance(escape, str) or len(escape) != 1:
        raise ValueError(f"its escape is {escape!r}, and must be one character")
    # Spark ends the job for an escape that escapes nothing.
    if escape in re.sub(f"{re.escape(escape)}[_%{re.escape(escape)}]", "", pattern):
        raise ValueError(f"its pattern {pattern!r} escapes something else than %, _ or {escape}")
    return f"{as_text(name, column_type)} LIKE {literal(pattern, 'string')} ESCAPE {literal(escape, 'string')}"


def _listed(params: Params, name: str) -> list[Any]:
    patterns = params.get(name)
    if not isinstance(patterns, list) or not patterns:
        raise ValueError(f"its {name} must be a list with at least one pattern")
    return patterns


def _for_any(params: Params) -> bool:
    match_on = params.get("match_on") or "any"
    if match_on not in ("any", "all"):
        raise ValueError(f"its match_on is {match_on!r}, and can be any or all")
    return bool(match_on == "any")


PATTERNS: Mapping[str, Callable[[str, str, Params], str]] = {
    "expect_column_values_to_match_regex": _matches,
    "expect_column_values_to_not_match_regex": _matches_not,
    "expect_column_values_to_match_regex_list": _matches_list,
    "expect_column_values_to_not_match_regex_list": _matches_none,
    "expect_column_values_to_match_like_pattern": _like,
    "expect_column_values_to_not_match_like_pattern": _like_not,
    "expect_column_values_to_match_like_pattern_list": _like_list,
    "expect_column_values_to_not_match_like_pattern_list": _like_none,
}
"""Of each type the predicate over a column's quoted name, its type and the expectation's parameters."""
