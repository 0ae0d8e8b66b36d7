"""A file of JSON lines: the number of its records, and the names of its members compared with the schema."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from assay.core.landing.json_records import mostly_nested, scan_json
from assay.store.landing.formats.column_names import check_column_names
from assay.store.landing.formats.measured_stream import changed_schema

if TYPE_CHECKING:
    from assay.spec.schema.table import TableSchema


def count_json_records(lines: Iterable[str], name: str, schema: TableSchema) -> int:
    """Return the number of records of a file, which may be none.

    Raises:
        InputError: A member is no column of the schema, no object has a column of the schema, or most objects have
            nested values in a column. The message names the file and the column.
    """
    scan = scan_json(lines)
    if scan.objects:
        check_column_names(list(scan.names), name, schema)
    nested = mostly_nested(scan, schema.header)
    if nested:
        raise changed_schema(
            name,
            f"has objects or lists in the column '{nested[0]}'",
            "let the source write one value, or leave the column out",
        )
    return scan.records
