"""The header of a landed file, compared with the schema: an error names the column that the source has changed."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from typing import TYPE_CHECKING

from assay.core.suggestions import closest
from assay.errors import InputError

if TYPE_CHECKING:
    from assay.spec.schema.table import TableSchema

_DELIMITERS = {",": "','", ";": "';'", "\t": "a tab", "|": "'|'", ":": "':'"}


def check_header(line: str, name: str, schema: TableSchema) -> tuple[str, ...]:
    """Check that `line` names the schema's columns in its order, and return all columns where it has others too.

    A column in the wrong place would be read as another one, so nothing here is repaired in silence. Columns that the
    schema leaves out may be anywhere. Where it leaves out all others, its own may be in any order. The result is empty
    where the columns are exactly those of the schema.

    Raises:
        InputError: It does not. The message names the file and the column.
    """
    expected = list(schema.header)
    all_columns = _split(line, schema.delimiter)
    header_columns = [column for column in all_columns if not schema.leaves_out(column)]
    in_any_order = schema.left_out == "all" and sorted(header_columns) == sorted(expected)
    if header_columns == expected or in_any_order:
        return () if all_columns == expected else tuple(all_columns)
    other = _other_delimiter(line, expected, schema.delimiter)
    if other is not None:
        raise _refused(
            name,
            f"has another delimiter: the header looks separated by {_DELIMITERS[other]}, "
            f"and the schema has {_DELIMITERS.get(schema.delimiter, repr(schema.delimiter))}",
            "correct the source, or 'delimiter' in the schema",
        )
    if not set(header_columns) & set(expected):
        shown = line if len(line) <= 60 else line[:60] + "..."
        raise _refused(
            name, f"has no header: its first line is '{shown}'", f"the first line must name {', '.join(expected)}"
        )
    raise _refused(
        name,
        difference(header_columns, expected),
        "correct the source, or change the schema if this is meant: 'source' renames and 'left_out' drops",
    )


def difference(header_columns: Sequence[str], expected: Sequence[str]) -> str:
    """Return in words how two lists of columns differ: the first column twice, missing, added, renamed or moved."""
    twice = [column for column in dict.fromkeys(header_columns) if header_columns.count(column) > 1]
    if twice:
        return f"has the column '{twice[0]}' twice"
    missing = [column for column in expected if column not in header_columns]
    added = [column for column in header_columns if column not in expected]
    if missing and added:
        return _renamed(missing, added)
    if missing:
        return f"lacks the column {_names(missing)}"
    if added:
        return f"has the column {_names(added)}, which the schema does not know"
    place = next(i for i, (one, two) in enumerate(zip(header_columns, expected, strict=True)) if one != two)
    return (
        f"has its columns in another order: column {place + 1} is '{header_columns[place]}' where the schema has "
        f"'{expected[place]}'"
    )


def _renamed(missing: Sequence[str], added: Sequence[str]) -> str:
    phrases = []
    rest = list(added)
    for column in missing:
        near = closest(column, rest) or (rest[0] if len(missing) == len(added) == 1 else None)
        if near is not None:
            rest.remove(near)
            phrases.append(f"'{column}', but has '{near}' (was it renamed?)")
        else:
            phrases.append(f"'{column}'")
    more = f"; it also has {_names(rest)}, which the schema does not know" if rest else ""
    return f"lacks the column {', '.join(phrases)}{more}"


def _other_delimiter(line: str, expected: Sequence[str], delimiter: str) -> str | None:
    matching_columns = len(set(_split(line, delimiter)) & set(expected))
    for other in _DELIMITERS:
        if other != delimiter and len(set(_split(line, other)) & set(expected)) > max(matching_columns, 1):
            return other
    return None


def _split(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:  # a first line longer than any header
        return [line]


def _names(columns: Sequence[str]) -> str:
    return ", ".join(f"'{column}'" for column in columns)


def _refused(name: str, why: str, hint: str) -> InputError:
    return InputError(f"the file {name} {why}", code="changed-schema", hint=hint)
