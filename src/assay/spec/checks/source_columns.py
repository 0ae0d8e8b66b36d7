"""The columns of a table that other jobs fill, compared with the schema: an error names the column that has changed."""

from __future__ import annotations

import re
from collections.abc import Mapping

from assay.core.suggestions import closest
from assay.errors import InputError
from assay.spec.schema.table import TableSchema

_WHOLE = {"int": {"byte", "short", "integer"}, "long": {"byte", "short", "integer", "long"}}
_ACCEPTED: Mapping[str, set[str]] = {
    **_WHOLE,
    "string": {"string"},
    "double": {"float", "double"},
    "boolean": {"boolean"},
    "date": {"date"},
    "timestamp": {"timestamp", "timestamp_ntz"},
}
"""The types of a source, by Delta's names, that are read as a type of a schema without a change of any value."""

_OTHER_NAMES = {"tinyint": "byte", "smallint": "short", "int": "integer", "bigint": "long"}
_TEXT = re.compile(r"(var)?char\([0-9]+\)")
_DECIMAL = re.compile(r"decimal\(([0-9]+),\s*-?[0-9]+\)")
_EXACT_DIGITS = 15
"""The most digits of a decimal number that the nearest double gives back."""


def type_name(text: str) -> str:
    """Return Delta's name of a type that Spark names.

    >>> type_name("bigint"), type_name("varchar(9)"), type_name("decimal(9,2)")
    ('long', 'string', 'decimal(9,2)')
    """
    return "string" if _TEXT.fullmatch(text) else _OTHER_NAMES.get(text, text)


def check_source_columns(schema: TableSchema, types: Mapping[str, str], source: str, day: str = "") -> dict[str, str]:
    """Return the name in the source of each column that is read from it, by its name in the schema.

    Upper and lower case count as the same. `types` are the source's columns with Delta's names of their types. `day` is
    the source's column of the date: it may be a string, and need not be in the schema.

    Raises:
        InputError: A column is missing or retyped, or there is one that the schema does not know and does not leave
            out.
    """
    spelled = {name.casefold(): name for name in types}
    wanted = schema.source_columns
    known = {column.source_name.casefold() for column in wanted}
    all_others = schema.left_out == "all"
    ignored = {name.casefold() for name in (() if all_others else schema.left_out)} | {day.casefold()}
    surplus = [] if all_others else [spelled[one] for one in spelled if one not in known | ignored]
    for column in wanted:
        name = spelled.get(column.source_name.casefold())
        if name is None:
            raise _changed(source, _lacks(column.source_name, surplus))
        if not _readable(types[name], column.type, is_date=name.casefold() == day.casefold()):
            what = f"has the column '{name}' as {types[name]}, and the schema has {column.type}"
            raise _changed(source, what, "correct the source, or the type in the schema if this is meant")
    if surplus:
        raise _changed(source, f"has the column '{surplus[0]}', which the schema does not know")
    return {column.name: spelled[column.source_name.casefold()] for column in wanted}


def _readable(source_type: str, wanted: str, *, is_date: bool) -> bool:
    decimal = _DECIMAL.fullmatch(source_type)
    if decimal and wanted == "double":
        return int(decimal[1]) <= _EXACT_DIGITS
    return source_type in _ACCEPTED[wanted] or (
        is_date and source_type in {"date", "string"} and wanted in {"date", "string"}
    )


def _lacks(name: str, surplus: list[str]) -> str:
    near = closest(name, surplus)
    return f"lacks the column '{name}'" + (f", but has '{near}' (was it renamed?)" if near else "")


def _changed(source: str, what: str, hint: str = "") -> InputError:
    hint = hint or "correct the source, or change the schema if this is meant"
    return InputError(f"the table {source} {what}", code="changed-schema", hint=hint)
