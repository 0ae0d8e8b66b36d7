"""Manifests of tables that other jobs fill: the content of a date at one version of the table."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from assay.core.table_snapshot import DayContent, SourceFile
from assay.store.filesystem.document_format import DocumentFormat
from assay.store.landing.manifest import Manifest


@dataclass(frozen=True, slots=True)
class TableManifest:
    """The content of one date of a table that other jobs fill.

    - `source` is the address of that table, and `date_column` its column or SQL of the date.
    - `version` is the version that is pinned: cleaning reads it. It is None for a table without versions.
    """

    table: str
    day: date
    source: str
    date_column: str
    version: int | None
    content: DayContent

    @property
    def lines(self) -> int:
        """The number of rows: cleaning must account for each of them."""
        return self.content.rows

    @property
    def digest(self) -> str:
        """The digest of the content; the version plays no part, since it rises with each write to another date."""
        return self.content.digest

    @property
    def files(self) -> tuple[SourceFile, ...]:
        """The files of the date; none where files hold several dates."""
        return self.content.files


TABLE_MANIFESTS_FORMAT = DocumentFormat("table-manifests", 1, dict[date, TableManifest])

LandedDay = Manifest | TableManifest
"""The input of a date: files that landed, or the content of a table that other jobs fill."""
