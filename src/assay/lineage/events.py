"""The events of a run as objects of the package openlineage-python, which is imported when they are first made."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import assay
from assay.core.lineage.lineage_run import DatasetKind, LineageDataset, LineageRun, RunReference
from assay.errors import InputError

PRODUCER = f"https://github.com/assay-ml/assay/tree/v{assay.__version__}"
"""The program that made an event, as OpenLineage wants it: an address that names the version."""


def require_client() -> None:
    """Check that openlineage-python is installed.

    Raises:
        InputError: It is not.
    """
    try:
        import openlineage.client.event_v2  # noqa: F401 - the import is the check
    except ImportError as error:
        hint = "install the extra: pip install 'assay[lineage]'"
        raise InputError("the package openlineage-python is not installed", code="no-openlineage", hint=hint) from error


def events_of(run: LineageRun) -> tuple[Any, Any]:
    """Return the two events of a run: its START, and its end with all datasets.

    The same run gives the same events, byte for byte, so that an event which is sent twice is harmless.

    Raises:
        InputError: openlineage-python is not installed.
    """
    require_client()
    from openlineage.client.event_v2 import RunEvent, RunState

    job, facts = _job(run), _run(run)
    start = RunEvent(eventTime=_time(run.started), eventType=RunState.START, run=facts, job=job, producer=PRODUCER)
    end = RunEvent(
        eventTime=_time(run.ended),
        eventType=RunState[run.outcome],
        run=facts,
        job=job,
        inputs=[_input(dataset) for dataset in run.inputs],
        outputs=[_output(dataset) for dataset in run.outputs],
        producer=PRODUCER,
    )
    return start, end


def event_json(event: Any) -> str:
    """Return an event as one line of JSON, with sorted keys."""
    from openlineage.client.serde import Serde

    return str(Serde.to_json(event))


def _run(run: LineageRun) -> Any:
    from openlineage.client.event_v2 import Run
    from openlineage.client.facet_v2 import nominal_time_run, processing_engine_run

    facets: dict[str, Any] = {
        "nominalTime": nominal_time_run.NominalTimeRunFacet(
            nominalStartTime=_time(run.dates_start), nominalEndTime=_time(run.dates_end), producer=PRODUCER
        ),
        "processing_engine": processing_engine_run.ProcessingEngineRunFacet(
            version=assay.__version__, name="assay", producer=PRODUCER
        ),
    }
    if run.parent is not None:
        facets["parent"] = _parent(run.parent)
    return Run(runId=str(run.run.uuid), facets=facets)


def _parent(parent: RunReference) -> Any:
    from openlineage.client.facet_v2 import parent_run

    return parent_run.ParentRunFacet(
        run=parent_run.Run(runId=str(parent.uuid)),
        job=parent_run.Job(namespace=parent.job.namespace, name=parent.job.name),
        producer=PRODUCER,
    )


def _job(run: LineageRun) -> Any:
    from openlineage.client.event_v2 import Job
    from openlineage.client.facet_v2 import job_type_job

    kind = job_type_job.JobTypeJobFacet(
        processingType="BATCH", integration="ASSAY", jobType=run.run.job.stage.upper(), producer=PRODUCER
    )
    return Job(namespace=run.run.job.namespace, name=run.run.job.name, facets={"jobType": kind})


def _input(dataset: LineageDataset) -> Any:
    from openlineage.client.event_v2 import InputDataset
    from openlineage.client.facet_v2 import data_quality_metrics_input_dataset

    facets = _checks(dataset)
    if dataset.rows is not None:
        facets["dataQualityMetrics"] = data_quality_metrics_input_dataset.DataQualityMetricsInputDatasetFacet(
            columnMetrics={}, rowCount=dataset.rows, producer=PRODUCER
        )
    return InputDataset(
        namespace=dataset.at.namespace, name=dataset.at.name, facets=_facets(dataset), inputFacets=facets
    )


def _output(dataset: LineageDataset) -> Any:
    from openlineage.client.event_v2 import OutputDataset
    from openlineage.client.facet_v2 import output_statistics_output_dataset

    # A check of what was written is a facet of the dataset: OpenLineage has none of outputs for it.
    facets, statistics = _facets(dataset) | _checks(dataset), {}
    if dataset.rows is not None:
        statistics["outputStatistics"] = output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet(
            rowCount=dataset.rows, producer=PRODUCER
        )
    return OutputDataset(namespace=dataset.at.namespace, name=dataset.at.name, facets=facets, outputFacets=statistics)


def _checks(dataset: LineageDataset) -> dict[str, Any]:
    from openlineage.client.facet_v2 import data_quality_assertions_dataset as quality

    if not dataset.checks:
        return {}
    assertions = [
        quality.Assertion(
            assertion=check.check, success=check.passed, column=check.column, severity=check.severity.value
        )
        for check in dataset.checks
    ]
    return {
        "dataQualityAssertions": quality.DataQualityAssertionsDatasetFacet(assertions=assertions, producer=PRODUCER)
    }


def _facets(dataset: LineageDataset) -> dict[str, Any]:
    from openlineage.client.facet_v2 import (
        dataset_type_dataset,
        dataset_version_dataset,
        schema_dataset,
        storage_dataset,
    )

    facets: dict[str, Any] = {
        "datasetType": dataset_type_dataset.DatasetTypeDatasetFacet(datasetType=dataset.kind.value, producer=PRODUCER)
    }
    if dataset.version:
        facets["version"] = dataset_version_dataset.DatasetVersionDatasetFacet(
            datasetVersion=dataset.version, producer=PRODUCER
        )
    if dataset.columns:
        fields = [
            schema_dataset.SchemaDatasetFacetFields(name=column.name, type=column.type or None)
            for column in dataset.columns
        ]
        facets["schema"] = schema_dataset.SchemaDatasetFacet(fields=fields, producer=PRODUCER)
    if dataset.kind is not DatasetKind.MODEL:
        layer = "delta" if dataset.format == "delta" else "file"
        form = "parquet" if dataset.format == "delta" else dataset.format
        facets["storage"] = storage_dataset.StorageDatasetFacet(storageLayer=layer, fileFormat=form, producer=PRODUCER)
    if dataset.origins:
        facets["columnLineage"] = _origins(dataset)
    return facets


def _origins(dataset: LineageDataset) -> Any:
    from openlineage.client.facet_v2 import column_lineage_dataset as lineage

    fields = {
        origin.column: lineage.Fields(
            inputFields=[
                lineage.InputField(
                    namespace=origin.dataset.namespace,
                    name=origin.dataset.name,
                    field=source,
                    transformations=[
                        lineage.Transformation(
                            type="DIRECT", subtype="TRANSFORMATION" if origin.computed else "IDENTITY"
                        )
                    ],
                )
                for source in origin.sources
            ]
        )
        for origin in dataset.origins
    }
    return lineage.ColumnLineageDatasetFacet(fields=fields, producer=PRODUCER)


def _time(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
