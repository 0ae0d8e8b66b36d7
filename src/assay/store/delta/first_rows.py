"""The first rows of a Delta table that nothing describes yet, from which a schema is proposed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from assay.store.delta.source_table import SourceTable, arrow_batch, reading_table


def first_rows(place: Path, max_rows: int) -> tuple[Any, list[str]]:
    """Return at most `max_rows` rows of a table's newest version as an Arrow table, and its partition columns.

    Raises:
        InfrastructureError: The table cannot be read.
    """
    import pyarrow as pa

    source = SourceTable(place.absolute())
    batches: list[Any] = []
    with reading_table(place):
        for batch in source.opened.scan(list(source.types)):
            batches.append(arrow_batch(batch))
            if sum(one.num_rows for one in batches) >= max_rows:
                break
        # A slice of a table without columns would have rows.
        table = pa.Table.from_batches(batches).slice(0, max_rows) if batches else pa.table({})
        return table, list(source.opened.metadata().partition_columns)
