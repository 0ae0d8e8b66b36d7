"""The mistakes of pipelines that have no DAG, as an import error of this file; the DAGs of other pipelines stay."""

from pathlib import Path

from assay.orchestration.airflow.dag_factory import refuse_broken_pipelines

refuse_broken_pipelines(Path(__file__).resolve().parents[1])
