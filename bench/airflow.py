"""`python -m bench.airflow`: what reading DAGs costs by the number of pipelines, and a task of ours beside bare ones.

The bare ones are the provider's SparkSubmitOperator with the same job and arguments: `told` is given the very settings
and variables of ours, so that what is left is our own overhead; `plain` is given none. All run on a real Airflow, in
turns.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path

from assay.core.operations.submission import TAG_VARIABLE
from assay.store.ledger.submissions import ATTEMPT_VARIABLE
from bench.measure import Spread
from bench.reaper import ROOT
from bench.table import Row, Share, TableNote, table
from devtools.hadoop.waiting import wait_until
from devtools.local_airflow.parsing import parsed
from devtools.local_airflow.runs import ended, trigger
from devtools.local_airflow.standalone import Airflow

PIPELINES = (1, 5, 25, 100)
"""Four DAGs each."""

HUNDRED_DAGS, SECONDS = 25, 0.5
DAY = date(2024, 2, 8)
OVERHEAD = 1.1
WAYS = ("ours", "told", "plain")

_BOTH = '''\
"""One task of ours and two bare ones of the provider's: the airflow DAGs of a bench."""

import os
from pathlib import Path

from airflow.providers.apache.spark.operators.spark_submit import SparkSubmitOperator
from airflow.sdk import DAG

from assay.orchestration.airflow.task_mixin import TaskConfig
from assay.orchestration.airflow.stage_operator import StageOperator
from assay.orchestration.assay_cli import AssayCli
from assay.orchestration.dag_plan import TaskPlan

ROOT = Path(__file__).resolve().parents[1]
COMMAND = ("run", "--select", "monitor", "--from", "{day}", "--to", "{end}")
SPARK = Path(os.environ["ASSAY_PYTHON"]).parent / "spark-submit"

with DAG("ours", schedule=None, params={{"date": "{day}"}}):
    work = TaskConfig(TaskPlan("monitor", "stage", COMMAND, ""), AssayCli(ROOT, "local"), "parcels", "UTC")
    StageOperator(task_id="work", work=work)

for name, conf, variables in (("told", {settings}, {variables}), ("plain", {{}}, {{}})):
    with DAG(name, schedule=None):
        SparkSubmitOperator(
            task_id="work",
            conn_id="bench_spark",
            spark_binary=str(SPARK),
            application="{jobs}/run.py",
            application_args=["--pipeline", "parcels", "--env", "local", *COMMAND[1:]],
            conf=conf,
            env_vars={{"ASSAY_PROJECT": str(ROOT), **variables}},
            durable=False,
        )
'''


def parsing(folder: Path, repeats: int, say: Callable[[str], None]) -> list[Row]:
    """Seconds beyond Airflow's own import, by the number of pipelines."""
    rows: list[Row] = []
    for count in PIPELINES:
        root = folder / f"pipelines-{count}"
        _pipelines(root, count)
        parse_seconds = [float(parsed(root, folder / "home")["seconds"]) for _ in range(repeats)]
        say(f"{count} pipelines: {Spread.of(parse_seconds)}")
        most = SECONDS if count == HUNDRED_DAGS else None
        rows.append(Share("airflow", f"seconds to read {count} pipelines, {4 * count} DAGs", parse_seconds, most))
    return rows


def _pipelines(root: Path, count: int) -> None:
    shutil.copytree(ROOT / "conf", root / "conf")
    shutil.copytree(ROOT / "dags", root / "dags", ignore=shutil.ignore_patterns("__pycache__"))
    pipelines = root / "conf" / "pipelines"
    text = (pipelines / "flight_delays.yaml").read_text(encoding="utf-8")
    for path in pipelines.glob("*.yaml"):
        path.unlink()
    for number in range(count):
        name = f"flight_delays_{number}"
        changed = text.replace("pipeline: flight_delays", f"pipeline: {name}", 1)
        (pipelines / f"{name}.yaml").write_text(changed, encoding="utf-8")


def overhead(folder: Path, repeats: int, say: Callable[[str], None]) -> list[Row]:
    """How long a task of ours takes beside a bare one, by Airflow's own clock."""
    root, home = folder / "project", folder / "assay"
    shutil.copytree(ROOT / "tests" / "projects" / "parcels", root, ignore=shutil.ignore_patterns("__pycache__"))
    (root / "dags").mkdir()
    end = date.fromordinal(DAY.toordinal() + 1)
    environment = os.environ | {"ASSAY_PROJECT": str(root), "ASSAY_HOME": str(home), "PYTHONPATH": str(root)}
    _live(root, home, environment)
    prepared = _prepared(environment, end)
    text = _BOTH.format(day=DAY, end=end, jobs=ROOT / "jobs", **prepared)
    (root / "dags" / "both.py").write_text(text, encoding="utf-8")
    variables = {
        "ASSAY_HOME": str(home),
        "PYTHONPATH": f"{ROOT / 'src'}:{root}",
        "AIRFLOW_CONN_BENCH_SPARK": '{"conn_type": "spark", "host": "local[2]"}',
    }
    with Airflow(folder / "airflow", root, variables=variables) as airflow:
        wait_until(lambda: airflow.ask("GET", "dags")["total_entries"] == len(WAYS), "the DAGs", 120)
        seconds: dict[str, list[float]] = {name: [] for name in WAYS}
        for number in range(repeats + 1):
            for name in WAYS if number % 2 else WAYS[::-1]:
                took = _seconds(airflow, name)
                say(f"{name}: {took:.1f} s{'' if number else ' (first, not counted)'}")
                seconds[name] += [took] if number else []
    return [
        *(Share("airflow", f"a task that monitors a day, {name}: seconds", seconds[name]) for name in WAYS),
        Share("airflow", "ours / told", _ratios(seconds, "told"), OVERHEAD),
        Share("airflow", "ours / plain", _ratios(seconds, "plain")),
    ]


def _ratios(seconds: Mapping[str, Sequence[float]], other: str) -> list[float]:
    return [
        assay_seconds / other_seconds
        for assay_seconds, other_seconds in zip(seconds["ours"], seconds[other], strict=True)
    ]


def _prepared(environment: Mapping[str, str], end: date) -> dict[str, dict[str, str]]:
    """The settings and the variables that our operator would start with."""
    words = f"submit run --pipeline parcels --prepare-only --select monitor --from {DAY} --to {end}".split()
    command = [sys.executable, "-m", "assay.cli.main", *words]
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    document = json.loads(done.stdout)
    submission_variables = {TAG_VARIABLE, ATTEMPT_VARIABLE}
    kept = {
        name: value
        for name, value in document["variables"].items()
        if value is not None and name not in submission_variables
    }
    return {"settings": document["settings"], "variables": kept}


def _live(root: Path, home: Path, environment: Mapping[str, str]) -> None:
    """Land, clean, train, promote and score, so that there is a day to monitor."""
    sys.path.insert(0, str(root))
    from parcel_code.landing import write_drops

    write_drops(home / "landing", date(2024, 1, 1), 41)
    day, end = str(DAY), str(date.fromordinal(DAY.toordinal() + 1))
    for words in (
        ["run", "--select", "land..clean", "--from", "2024-01-01", "--to", end],
        ["train", "--date", day],
        ["gate", "--date", day],
        ["score", "--date", day],
    ):
        command = [sys.executable, "-m", "assay.cli.main", *words]
        subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)


def _seconds(airflow: Airflow, dag: str) -> float:
    run = trigger(airflow, dag)
    ended(airflow, dag, run, 300)
    instance = airflow.ask("GET", f"dags/{dag}/dagRuns/{run}/taskInstances/work")
    if instance["state"] != "success":
        raise RuntimeError(f"{dag} ended as {instance['state']}")
    return float(instance["duration"])


def main(argv: Sequence[str]) -> int:
    """0 when all ran, whether or not the targets are met."""
    parser = argparse.ArgumentParser(prog="python -m bench.airflow", description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--only", choices=["parsing", "overhead"])
    options = parser.parse_args(argv)

    def say(line: str) -> None:
        print(line, file=sys.stderr, flush=True)

    with tempfile.TemporaryDirectory(prefix="assay-bench-airflow-") as scratch:
        folder = Path(scratch)
        rows = [] if options.only == "overhead" else parsing(folder, options.repeats, say)
        rows += [] if options.only == "parsing" else overhead(folder, options.repeats, say)
    print(table([*rows, TableNote("airflow", "rounds", str(options.repeats))]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
