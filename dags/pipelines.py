"""Every pipeline's DAGs, from conf/pipelines: what Airflow finds when it looks for a DAG."""

from pathlib import Path

from assay.orchestration.airflow.dag_factory import dags_of

globals().update(dags_of(Path(__file__).resolve().parents[1]))
