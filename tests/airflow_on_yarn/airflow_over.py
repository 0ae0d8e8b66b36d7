"""An Airflow whose tasks submit to YARN in cluster mode, for the small project on a cluster."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from devtools.hadoop.spark import SMALL_JVM
from devtools.hadoop.waiting import wait_until
from devtools.local_airflow.standalone import ROOT, Airflow

from ..cluster.on_cluster import OnCluster

_DRIVER = "spark.driver.extraJavaOptions"
_SMALL = f"    {_DRIVER}: -Duser.timezone=UTC {SMALL_JVM}\n"
_USERS = ("HADOOP", "YARN", "SPARK", "ASSAY", "KRB5")
"""What the variables begin with that set a user up for a cluster."""


@contextmanager
def airflow_over(project: OnCluster, folder: Path) -> Iterator[Airflow]:
    """An Airflow in that folder, as long as the block runs; infrastructure is tried again after seconds."""
    root = project.root
    shutil.copytree(ROOT / "dags", root / "dags", ignore=shutil.ignore_patterns("__pycache__"))
    places = root / "conf" / "environments"
    text = (places / "cluster.yaml").read_text()
    text = text.replace("  master: yarn", "  master: yarn\n  deploy_mode: cluster")
    (places / "night.yaml").write_text(text if _DRIVER in text else text.replace("  conf:\n", f"  conf:\n{_SMALL}"))
    spec = root / "conf" / "pipelines" / "parcels.yaml"
    # A DAG that is switched on has its last run at once, which would be one of today.
    spec.write_text(spec.read_text().replace(', train: "0 3 * * MON"', "") + "\noperate: {retry_after: 5 seconds}\n")
    user_variables = {name: value for name, value in project.environment().items() if name.startswith(_USERS)}
    del user_variables["ASSAY_USER"]
    variables = user_variables | {"ASSAY_ENV": "night", "PYTHONPATH": f"{ROOT / 'src'}:{root}"}
    with Airflow(folder, root, variables=variables, parse=5) as running:
        wait_until(lambda: running.ask("GET", "dags")["total_entries"] == 4, "the four DAGs", 120)
        yield running
