"""A run with its job and its datasets, as a catalog of lineage needs them. No value of a row is in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import NAMESPACE_URL, UUID, uuid5

from assay.core.check import Severity


class RunOutcome(StrEnum):
    """The end of a run, by the names of OpenLineage."""

    COMPLETE = "COMPLETE"
    FAIL = "FAIL"
    ABORT = "ABORT"


class DatasetKind(StrEnum):
    """The kind of a dataset, by the names of OpenLineage."""

    TABLE = "TABLE"
    FILE = "FILE"
    MODEL = "MODEL"


@dataclass(frozen=True, slots=True)
class DatasetName:
    """The name of a dataset within a namespace, such as 'file' and '/lake/clean/flights'."""

    namespace: str
    name: str


@dataclass(frozen=True, slots=True)
class DatasetColumn:
    """A column with its type, empty where it is not known."""

    name: str
    type: str = ""


@dataclass(frozen=True, slots=True)
class ColumnOrigin:
    """The columns of a dataset from which a column is taken as it is, or `computed`."""

    column: str
    dataset: DatasetName
    sources: tuple[str, ...]
    computed: bool = False


@dataclass(frozen=True, slots=True)
class CheckOutcome:
    """The outcome of a check over all days of a run: passed where it passed on each."""

    check: str
    passed: bool
    severity: Severity
    column: str | None = None


@dataclass(frozen=True, slots=True)
class LineageDataset:
    """A dataset that a run read or wrote.

    - `version` is that of its Delta log, of its training or of its model; empty where it is not known.
    - `rows` are the rows that the run read or wrote, None where they are not known.
    - `format` is 'delta' or the format of files, empty for a model.
    """

    at: DatasetName
    kind: DatasetKind = DatasetKind.TABLE
    format: str = "delta"
    version: str = ""
    columns: tuple[DatasetColumn, ...] = ()
    origins: tuple[ColumnOrigin, ...] = ()
    rows: int | None = None
    checks: tuple[CheckOutcome, ...] = ()


@dataclass(frozen=True, slots=True)
class LineageJob:
    """A job: the work of a stage on a subject, such as 'parcels.clean.deliveries'."""

    namespace: str
    name: str
    stage: str


@dataclass(frozen=True, slots=True)
class RunReference:
    """A run by its name in the ledger, and its job."""

    run_id: str
    job: LineageJob

    @property
    def uuid(self) -> UUID:
        """The id of the run in OpenLineage: the same at each call, so that a repeated event replaces itself.

        It is a UUID of version 5 (RFC 9562).
        """
        return uuid5(NAMESPACE_URL, f"openlineage:{self.job.namespace}/{self.job.name}/{self.run_id}")


@dataclass(frozen=True, slots=True)
class LineageRun:
    """A run that has ended, with its times in UTC.

    `dates_start` and `dates_end` are the first instant of its dates, and the first instant after them. `parent` is the
    run that caused it, None where there is none.
    """

    run: RunReference
    outcome: RunOutcome
    started: datetime
    ended: datetime
    dates_start: datetime
    dates_end: datetime
    inputs: tuple[LineageDataset, ...] = ()
    outputs: tuple[LineageDataset, ...] = ()
    parent: RunReference | None = None
