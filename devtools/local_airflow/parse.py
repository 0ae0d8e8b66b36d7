"""Run by Airflow's own Python: read a DAG folder as Airflow does, and print the result as JSON."""

from __future__ import annotations

import gc
import json
import sys
import time
from pathlib import Path

from airflow.dag_processing.dagbag import DagBag
from airflow.providers.apache.spark.operators.spark_submit import SparkSubmitOperator
from airflow.providers.standard.operators.hitl import ApprovalOperator
from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator  # noqa: F401 - Airflow's own
from airflow.serialization.serialized_objects import DagSerialization

FOREIGN = ("pyspark", "mlflow", "great_expectations", "pandas", "numpy", "deltalake")


def main(folder: Path) -> None:
    # As Airflow's DAG processor does before it reads anything.
    """Print the DAGs of `folder`, the import errors, the seconds of parsing and the foreign packages, as JSON."""
    gc.freeze()
    started = time.perf_counter()
    bag = DagBag(folder, bundle_path=folder)
    seconds = time.perf_counter() - started
    dags = {}
    for name, dag in bag.dags.items():
        DagSerialization.to_dict(dag)
        dags[name] = {
            "schedule": str(dag.schedule) if dag.schedule is not None else None,
            "tags": sorted(dag.tags),
            "owner": dag.owner,
            "description": dag.description,
            "doc": dag.doc_md,
            "graph": {task.task_id: sorted(task.upstream_task_ids) for task in dag.tasks},
            "retries": {task.task_id: task.retries for task in dag.tasks},
            "spark": sorted(task.task_id for task in dag.tasks if isinstance(task, SparkSubmitOperator)),
            "links": {task.task_id: [link.name for link in task.operator_extra_links] for task in dag.tasks},
            "asks": sorted(task.task_id for task in dag.tasks if isinstance(task, ApprovalOperator)),
        }
    foreign = [name for name in FOREIGN if name in sys.modules]
    sys.stdout.write(json.dumps({"dags": dags, "errors": bag.import_errors, "seconds": seconds, "foreign": foreign}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
