"""Types about the text of a value: regular expressions and LIKE patterns."""

from __future__ import annotations

import re
from typing import Any

from assay.core.expectations.definition.domain import Params
from assay.core.expectations.definition.families import RowWise
from assay.core.expectations.sql.java_regex import check_regex
from assay.core.expectations.sql.literals import SqlColumn, quote_text


@RowWise("expect_column_values_to_match_regex", "do not match the pattern {regex}", needs=["regex"])
@RowWise("expect_column_values_to_not_match_regex", "match the pattern {regex}", needs=["regex"], negated=True)
def _matches(column: SqlColumn, params: Params) -> str:
    return _rlike(column, check_regex(params["regex"], "regex"))


@RowWise(
    "expect_column_values_to_match_regex_list",
    "do not match {match_on} of the patterns {regex_list}",
    needs=["regex_list"],
    takes=["match_on"],
)
def _matches_list(column: SqlColumn, params: Params) -> str:
    patterns = [check_regex(pattern, "regex_list") for pattern in _listed(params, "regex_list")]
    if _for_any(params):
        # Joined, as Great Expectations does it: a flag such as (?i) then holds for all that follow.
        return _rlike(column, "|".join(patterns))
    return " AND ".join(_rlike(column, pattern) for pattern in patterns)


@RowWise("expect_column_values_to_not_match_regex_list", "match one of {regex_list}", needs=["regex_list"])
def _matches_none(column: SqlColumn, params: Params) -> str:
    patterns = [check_regex(pattern, "regex_list") for pattern in _listed(params, "regex_list")]
    return " AND ".join(f"NOT ({_rlike(column, pattern)})" for pattern in patterns)


@RowWise(
    "expect_column_values_to_match_like_pattern",
    "are not like {like_pattern}",
    needs=["like_pattern"],
    takes=["escape"],
)
@RowWise(
    "expect_column_values_to_not_match_like_pattern",
    "are like {like_pattern}",
    needs=["like_pattern"],
    takes=["escape"],
    negated=True,
)
def _like(column: SqlColumn, params: Params) -> str:
    return _like_one(column, params["like_pattern"], params)


@RowWise(
    "expect_column_values_to_match_like_pattern_list",
    "do not match {match_on} of the patterns {like_pattern_list}",
    needs=["like_pattern_list"],
    takes=["match_on", "escape"],
)
def _like_list(column: SqlColumn, params: Params) -> str:
    parts = [_like_one(column, pattern, params) for pattern in _listed(params, "like_pattern_list")]
    return "(" + (" OR " if _for_any(params) else " AND ").join(parts) + ")"


@RowWise(
    "expect_column_values_to_not_match_like_pattern_list",
    "are like one of {like_pattern_list}",
    needs=["like_pattern_list"],
    takes=["escape"],
)
def _like_none(column: SqlColumn, params: Params) -> str:
    return f"NOT {_like_list(column, {**params, 'match_on': 'any'})}"


def _rlike(column: SqlColumn, pattern: str) -> str:
    return f"{column.text} RLIKE {quote_text(pattern)}"


def _like_one(column: SqlColumn, pattern: Any, params: Params) -> str:
    if not isinstance(pattern, str):
        raise ValueError("its pattern must be a text")
    escape = params.get("escape") or "\\"
    if not isinstance(escape, str) or len(escape) != 1:
        raise ValueError(f"its escape is {escape!r}, and must be one character")
    # Spark ends the job for an escape that escapes nothing.
    if escape in re.sub(f"{re.escape(escape)}[_%{re.escape(escape)}]", "", pattern):
        raise ValueError(f"its pattern {pattern!r} escapes something else than %, _ or {escape}")
    return f"{column.text} LIKE {quote_text(pattern)} ESCAPE {quote_text(escape)}"


def _listed(params: Params, name: str) -> list[Any]:
    patterns = params[name]
    if not isinstance(patterns, list) or not patterns:
        raise ValueError(f"its {name} must be a list with at least one pattern")
    return patterns


def _for_any(params: Params) -> bool:
    match_on = params.get("match_on") or "any"
    if match_on not in ("any", "all"):
        raise ValueError(f"its match_on is {match_on!r}, and can be any or all")
    return bool(match_on == "any")
