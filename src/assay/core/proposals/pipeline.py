"""The proposal of a whole pipeline: its tables, columns, label, history and windows, as its files will have them."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from assay.core.proposals.column_types import ProposedColumn
from assay.core.proposals.dates import DateForm
from assay.core.proposals.label import ProposedLabel
from assay.core.proposals.roles import MAX_ENTITY_VALUES
from assay.core.proposals.source_place import SourcePlace
from assay.core.proposals.suite import ProposedSuite
from assay.core.proposals.windows import ProposedWindows

_LABELS_OF_A_CATEGORY = 200
"""A slice with fewer rows than this in the folds shows nothing."""


@dataclass(frozen=True, slots=True)
class SourceShape:
    """The form of the source's files: their delimiter, missing values, dates, and the first and last day.

    `date_column` is the source's own name of the date; None where the path of a file names it.
    """

    delimiter: str
    nulls: tuple[str, ...]
    date_column: str | None
    date_form: DateForm
    first: date
    last: date
    days_without_rows: int
    rows_per_day: float


@dataclass(frozen=True, slots=True)
class PipelineProposal:
    """All that the files of a new project are written from.

    `columns` has all columns of the source but the date, in its order and by plain names, and `sources` the source's
    own name of each. `key` begins with the partition column. `distinct` has the number of values of each column.
    `place` is the source where it is read as it lies; None where its rows are divided by date first.
    """

    name: str
    package: str
    table: str
    question: str
    owner: str
    timezone: str
    partition: str
    shape: SourceShape
    columns: Mapping[str, ProposedColumn]
    sources: Mapping[str, str]
    distinct: Mapping[str, int]
    key: tuple[str, ...]
    known: tuple[str, ...]
    later: tuple[str, ...]
    entity: tuple[str, ...]
    row_numbers: tuple[str, ...]
    roles_reason: str
    label: ProposedLabel
    delay: int
    windows: ProposedWindows
    suites: Mapping[str, ProposedSuite]
    place: SourcePlace | None = None

    @property
    def outcomes(self) -> str:
        """The name of the table of what is known later."""
        return f"{self.table}_outcomes"

    @property
    def rows_columns(self) -> tuple[str, ...]:
        """The columns of the table of rows beside the partition, in the source's order."""
        return self.known

    @property
    def has_date_alone(self) -> bool:
        """Return whether the rows have no column but the date, and need one that is computed."""
        return not self.rows_columns

    @property
    def outcome_columns(self) -> tuple[str, ...]:
        """The columns of the table of outcomes beside the partition: the key, the entity, and what is known later.

        A source that is read where it lies keeps its own order.
        """
        kept = tuple(dict.fromkeys((*self.key[1:], *self.entity, *self.later)))
        return kept if self.place is None else tuple(name for name in self.columns if name in kept)

    def left_out(self, names: Collection[str]) -> tuple[str, ...]:
        """Return the columns of a source, read where it lies, that a table with the columns `names` leaves out."""
        if self.place is None:
            return ()
        kept = {self.sources[name] for name in names}
        return self.place.left_out(kept | {self.place.partition_source or ""})

    @property
    def codes(self) -> tuple[str, ...]:
        """The key columns that are features under a second name, as categories with few values."""
        return tuple(
            name
            for name in self.key[1:]
            if self.columns[name].type == "string" and 2 <= self.distinct[name] <= MAX_ENTITY_VALUES
        )

    @property
    def features(self) -> tuple[str, ...]:
        """The known columns that are features as they are: numbers, booleans, and texts with few values."""
        return tuple(
            name
            for name in self.known
            if name not in self.key
            and (
                self.columns[name].is_number
                or self.columns[name].type == "boolean"
                or (self.columns[name].type == "string" and self.distinct[name] <= MAX_ENTITY_VALUES)
            )
        )

    @property
    def history(self) -> dict[str, str]:
        """The name and the SQL of each number whose past becomes features; that of the label is the first."""
        past = {}
        if self.label.sql not in self.columns and not set(self.label.sql) & {"/", "%"}:
            past[self.label.name] = f"CAST({self.label.sql} AS DOUBLE)"
        numbers = [name for name in self.later if self.columns[name].is_number or self.columns[name].type == "boolean"]
        for name in sorted(numbers, key=lambda name: name != self.label.sql):
            past[name] = f"CAST({name} AS DOUBLE)"
        return past

    @property
    def week(self) -> int:
        """The days to the newest same weekday whose outcomes are known."""
        return 7 * max(1, math.ceil(self.delay / 7))

    @property
    def lookback(self) -> int:
        """The days of history that a row may see: two same weekdays."""
        return self.week + 7

    @property
    def naive(self) -> tuple[str, ...]:
        """The features that are forecasts of a number by themselves; empty for an event."""
        if self.label.is_event or not self.history:
            return ()
        first = next(iter(self.history))
        return (f"{first}_last", f"{first}_week_ago") if first in (self.label.sql, self.label.name) else ()

    @property
    def metric(self) -> str:
        """The metric of the gate."""
        if not self.label.is_event:
            return "rmse"
        return "within_day_roc_auc" if self.shape.rows_per_day >= 20 else "roc_auc"

    @property
    def margin(self) -> float:
        """The gain that is worth a change: 0.01 of an area under a curve, or 1 % of a number's deviation."""
        if self.label.is_event:
            return 0.01
        return float(f"{(self.label.deviation or 1.0) / 100:.1g}")

    @property
    def far_off(self) -> float:
        """An error that is as large as the deviation of the number."""
        return float(f"{self.label.deviation or 1.0:.2g}")

    @property
    def slices(self) -> tuple[str, ...]:
        """The known categories whose values have enough rows in the folds to be judged on their own."""
        rows = self.windows.fold * self.windows.folds * self.shape.rows_per_day
        return tuple(
            name
            for name in self.known
            if 2 <= len(self.columns[name].values) <= 10 and rows / self.distinct[name] >= _LABELS_OF_A_CATEGORY
        )[:2]
