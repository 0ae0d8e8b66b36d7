"""The datasets of a pipeline: its sources, its tables, its predictions, its trainings and its model."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from assay.connections import source_address
from assay.core.check import Severity, Status
from assay.core.lineage.dataset_names import dataset_name
from assay.core.lineage.lineage_run import (
    CheckOutcome,
    ColumnOrigin,
    DatasetColumn,
    DatasetKind,
    DatasetName,
    LineageDataset,
)
from assay.core.lineage.sql_columns import columns_in_sql
from assay.core.model_versions import ModelVersion
from assay.core.verdict import Verdict
from assay.stages.runtime.context import Context
from assay.store.delta.log import commits
from assay.store.filesystem.storage_path import StoragePath, uri

MAX_COMMITS = 1_000
"""The newest commits of a table among which the version that a run wrote is looked up."""


@dataclass(slots=True)
class PipelineDatasets:
    """The datasets of a pipeline by the names of OpenLineage; each Delta log is read once."""

    ctx: Context
    namespace: str
    _written: dict[str, dict[str, int]] = field(default_factory=dict)

    def sources(self, table: str, rows: int | None = None) -> tuple[LineageDataset, ...]:
        """Return the source of a table, empty for a table that the YAML of today does not have."""
        return (self._source(table, rows),) if table in self.ctx.pipeline.spec.tables else ()

    def _source(self, table: str, rows: int | None = None) -> LineageDataset:
        source, schema = self.ctx.table(table).from_, self.ctx.pipeline.schemas[table]
        is_table = source.table is not None
        project = self.ctx.pipeline.project
        address = source_address(project, source) if is_table else uri(self.ctx.landing / source.path)
        return LineageDataset(
            dataset_name(address),
            DatasetKind.TABLE if is_table else DatasetKind.FILE,
            source.format,
            columns=tuple(DatasetColumn(name) for name in schema.header),
            rows=rows,
        )

    def clean(self, table: str, kind: str = "clean") -> LineageDataset:
        """Return a clean table, or with kind 'held' the held days of it, with its columns.

        A cleaning function may add columns, and change any: the columns are those of the schema then, and it is not
        known where they come from. A table that the YAML of today does not have has no columns.
        """
        if table not in self.ctx.pipeline.spec.tables:
            return self._table(kind, table)
        columns = tuple(DatasetColumn(name, kind_) for name, kind_ in self.ctx.pipeline.columns(table))
        known = self.ctx.table(table).function is None
        return replace(self._table(kind, table), columns=columns, origins=tuple(self._origins(table)) if known else ())

    def quarantine(self, table: str) -> LineageDataset:
        """Return the quarantine of a table."""
        return self._table("quarantine", table)

    def predictions(self, kind: str = "predictions") -> LineageDataset:
        """Return the predictions, or with kind 'predictions_held' the held days of them."""
        return self._table(kind, self.ctx.pipeline.name)

    def training(self, run_id: str) -> LineageDataset:
        """Return the contenders of a training, whose version is its run."""
        at = DatasetName(self.namespace, f"{self.ctx.pipeline.name}.contenders")
        return LineageDataset(at, DatasetKind.MODEL, "", run_id)

    def model(self, version: ModelVersion | None) -> LineageDataset:
        """Return the model of the pipeline in a version."""
        at = DatasetName(self.namespace, f"{self.ctx.pipeline.name}.model")
        return LineageDataset(at, DatasetKind.MODEL, "", "" if version is None else str(version))

    def written_by(self, run_id: str, kind: str, dataset: LineageDataset, name: str) -> LineageDataset:
        """Return a dataset with the version of the Delta log that a run wrote, where the log still has it."""
        place = self.ctx.folder(kind, name)
        if str(place) not in self._written:
            self._written[str(place)] = _versions(place)
        version = self._written[str(place)].get(run_id)
        return dataset if version is None else replace(dataset, version=str(version))

    def _table(self, kind: str, name: str) -> LineageDataset:
        return LineageDataset(dataset_name(uri(self.ctx.folder(kind, name))))

    def _origins(self, table: str) -> Iterable[ColumnOrigin]:
        """Yield the origin of each column that is read, renamed or computed, down to the columns of the source."""
        schema, source = self.ctx.pipeline.schemas[table], self._source(table).at
        origins: dict[str, tuple[str, ...]] = {}
        for column in schema.source_columns:
            origins[column.name] = (column.source_name,)
            yield ColumnOrigin(column.name, source, origins[column.name])
        for column in schema.computed_columns:
            used = columns_in_sql(column.sql or "", origins)
            origins[column.name] = tuple(dict.fromkeys(name for one in used for name in origins[one]))
            if origins[column.name]:
                yield ColumnOrigin(column.name, source, origins[column.name], computed=True)


def check_outcomes(verdicts: Iterable[Verdict]) -> tuple[CheckOutcome, ...]:
    """Return each check of the verdicts once, by its name and column alone: a sentence may quote a value of a row."""
    outcomes: dict[tuple[str, str | None, Severity], bool] = {}
    for verdict in verdicts:
        for finding in verdict.findings:
            key = finding.check, finding.column, finding.severity
            outcomes[key] = outcomes.get(key, True) and finding.status is Status.PASS
    return tuple(
        CheckOutcome(check, passed, severity, column) for (check, column, severity), passed in outcomes.items()
    )


def of_days(verdicts: dict[date, Verdict], days: Sequence[str]) -> list[Verdict]:
    """Return the verdicts of these days, given as ISO dates."""
    return [verdict for day, verdict in sorted(verdicts.items()) if day.isoformat() in days]


def _versions(place: StoragePath) -> dict[str, int]:
    """Return the newest version that each run wrote, by the run's name in the commit."""
    newest: dict[str, int] = {}
    for commit in commits(place, MAX_COMMITS):
        run_id = commit.metadata.get("run_id")
        if isinstance(run_id, str):
            newest.setdefault(run_id, commit.version)
    return newest
