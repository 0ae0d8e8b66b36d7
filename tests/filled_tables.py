"""The parcels pipeline with a Delta table as the source of its parcels, filled by delta-rs as another job would."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay.spec.project import load_pipeline, open_project
from assay.stages.runtime.context import Context

if TYPE_CHECKING:
    import pyarrow as pa

PARCELS = Path(__file__).parent / "projects" / "parcels"
FROM = "{path: landing/parcels, format: csv, schema: parcels}"
FIRST, SECOND, THIRD = date(2024, 1, 1), date(2024, 1, 2), date(2024, 1, 3)


@dataclass(frozen=True)
class FilledTable:
    """A project whose parcels come from a Delta table below its landing folder."""

    project: Path
    home: Path

    @property
    def table(self) -> Path:
        return self.home / "filled" / "parcels"

    def context(self) -> Context:
        """A new run of the pipeline: nothing is remembered but what is stored."""
        return Context(load_pipeline(open_project(self.project), "parcels"))

    def rewrite(self, name: str, old: str, new: str) -> None:
        """Change one file of the project."""
        path = self.project / "conf" / name
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))

    def fill(self, day: date, rows: int, *, weight: float = 2.5, **more: Any) -> int:
        """Append parcels of a day; the version."""
        return self.write(parcels(day, rows, weight), **more)

    def write(self, rows: pa.Table, **more: Any) -> int:
        """Write rows as the job that fills the table does."""
        from deltalake import DeltaTable, write_deltalake

        write_deltalake(self.table, rows, **{"mode": "append", "partition_by": ["ship_date"], **more})
        return int(DeltaTable(self.table).version())


def filled_table(folder: Path, home: Path, *, date_of: str = "ship_date", more: str = "") -> FilledTable:
    """A copy of the project in `folder`, whose source is a table that is not there yet."""
    project = folder / "project"
    shutil.copytree(PARCELS, project)
    made = FilledTable(project, home)
    source = f"{{table: filled/parcels, format: delta, schema: parcels, date: {date_of}{more}}}"
    made.rewrite("pipelines/parcels.yaml", FROM, source)
    return made


def parcels(day: date | None, rows: int, weight: float = 2.5, first: int = 0) -> pa.Table:
    """Parcels of a day, numbered."""
    import pyarrow as pa

    numbers: Sequence[int] = range(first, first + rows)
    return pa.table(
        {
            "ship_date": pa.array([day] * rows, pa.date32()),
            "parcel": pa.array(numbers, pa.int64()),
            "depot": pa.array(["HAM", "MUC"][n % 2] for n in numbers),
            "weight": pa.array([weight] * rows, pa.float64()),
            "boxes": pa.array([n % 4 + 1 for n in numbers], pa.int32()),
        }
    )
