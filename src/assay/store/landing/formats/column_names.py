"""The names of a file's columns, compared with the schema where their order does not matter."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from assay.store.landing.formats.csv_header import difference
from assay.store.landing.formats.measured_stream import changed_schema

if TYPE_CHECKING:
    from assay.spec.schema.table import TableSchema


def check_column_names(names: Sequence[str], file: str, schema: TableSchema) -> None:
    """Check that a file has the schema's columns, in any order, and no others but those that are left out.

    Raises:
        InputError: It does not. The message names the file and the column.
    """
    kept = [name for name in names if not schema.leaves_out(name)]
    if sorted(kept) != sorted(schema.header):
        raise changed_schema(file, difference(kept, schema.header))
