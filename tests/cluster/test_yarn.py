"""YARN runs a Spark application, and its containers can be asked what they said."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import requests

from devtools.hadoop.cluster import Cluster
from devtools.hadoop.spark import settings

pytestmark = pytest.mark.system

JOB = """
import json, os, sys
from pyspark.sql import SparkSession
from assay.spark.session.java import prepare_java

prepare_java()
place, settings = sys.argv[1], json.loads(sys.argv[2])
context = SparkSession.builder.master("yarn").config(map=settings).getOrCreate().sparkContext


def place_of(line):
    print("a word from a task", file=sys.stderr)
    return os.environ["CONTAINER_ID"]


places = context.textFile(place).map(place_of).collect()
print(json.dumps({"places": places, "application": context.applicationId}))
context.stop()
"""


def test_a_spark_application_runs_in_containers_whose_logs_can_be_read(
    cluster: Cluster, files: Any, tmp_path: Path
) -> None:
    assert files.write("/lines", b"one\ntwo\nthree\n").status_code == 201
    script = tmp_path / "job.py"
    script.write_text(JOB)
    done = subprocess.run(
        [sys.executable, str(script), f"{cluster.hdfs}/lines", json.dumps(settings())],
        env=os.environ | {"HADOOP_CONF_DIR": str(cluster.conf), "PYSPARK_PYTHON": sys.executable},
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3_000:]
    summary = json.loads(done.stdout.splitlines()[-1])
    assert len(summary["places"]) == 3
    application = f"{cluster.resource_manager}/ws/v1/cluster/apps/{summary['application']}"
    app = requests.get(application, timeout=10).json()["app"]
    assert (app["state"], app["finalStatus"]) == ("FINISHED", "SUCCEEDED")
    node = f"http://127.0.0.1:{cluster.state.ports['nodemanager-1-web']}/ws/v1/node"
    logs = requests.get(f"{node}/containers/{summary['places'][0]}/logs/stderr", timeout=10)
    assert "a word from a task" in logs.text
