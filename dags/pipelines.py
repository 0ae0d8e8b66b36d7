"""The DAGs of every pipeline in conf/pipelines, as module variables, which is where Airflow looks for a DAG."""

from pathlib import Path

from assay.orchestration.airflow.dag_factory import dags_of

globals().update(dags_of(Path(__file__).resolve().parents[1]))
