"""The contract with Airflow's Spark provider: the private attributes that the adapter names are there, and are used."""

from __future__ import annotations

import json
import os
import subprocess

from devtools.local_airflow.standalone import PYTHON, ROOT

PROGRAM = """
import json, sys
from unittest.mock import patch
from airflow.providers.apache.spark.hooks import spark_submit
from airflow.providers.apache.spark.operators.spark_submit import SparkSubmitOperator
from assay.orchestration.airflow.prepared_submit import PreparedSubmitHook, PreparedSubmitOperator

prepared = {
    "settings": {"spark.executor.memory": "1g"}, "name": "parcels: clean", "arguments": ["--date", "2024-02-08"],
    "master": "yarn", "deploy_mode": "cluster", "program": sys.argv[1],
    "variables": {"HADOOP_CONF_DIR": "/conf", "HOME": None},
}
operator = PreparedSubmitOperator(task_id="clean", application="jobs/clean.py")
operator.prepared = prepared
hook = operator._get_hook()
before = hook._submit_sp
command = hook._build_spark_submit_command("jobs/clean.py")
with patch.object(spark_submit.subprocess, "Popen", wraps=spark_submit.subprocess.Popen) as started:
    hook.submit("jobs/clean.py")
environment = started.call_args.kwargs["env"]
print(json.dumps({
    "hook is ours": type(hook) is PreparedSubmitHook and callable(SparkSubmitOperator._get_hook),
    "operator's hook": operator._hook is None,
    "process before": before is None,
    "process after": hook._submit_sp.poll(),
    "command": command,
    "variables": [environment.get("HADOOP_CONF_DIR"), environment.get("HOME")],
}))
hook.end()
"""


def test_the_hook_submits_what_was_prepared_and_keeps_the_process() -> None:
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": os.environ.get("HOME", "/"),
        "PYTHONPATH": str(ROOT / "src"),
    }
    command = [str(PYTHON), "-W", "ignore", "-c", PROGRAM, "true"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr[-3_000:]
    report = json.loads(done.stdout.splitlines()[-1])
    assert report.pop("command") == [
        "true", "--master", "yarn", "--conf", "spark.executor.memory=1g", "--name", "parcels: clean",
        "--deploy-mode", "cluster", "jobs/clean.py", "--date", "2024-02-08",
    ]  # fmt: skip
    assert report == {
        "hook is ours": True,
        "operator's hook": True,
        "process before": True,
        "process after": 0,
        "variables": ["/conf", None],
    }
