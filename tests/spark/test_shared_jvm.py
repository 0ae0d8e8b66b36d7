"""Another process uses this one's Spark, and its workers import its own version of a package that both have."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from assay.spark.session.shared_jvm import SharedJvm, share_jvm

OTHER = """
import json, os, sys
from assay.spark.session.shared_jvm import SharedJvm, attach
from pyspark.sql import functions as F
import versioned
spark = attach(SharedJvm.from_json(json.loads(sys.stdin.readline())))

@F.udf("int")
def on_a_worker(_):
    import versioned
    return versioned.VERSION

answer = {
    "application": spark.sparkContext.applicationId,
    "driver": versioned.VERSION,
    "workers": [row[0] for row in spark.range(2, numPartitions=2).select(on_a_worker("id")).collect()],
    "settings": [spark.conf.get("spark.sql.session.timeZone"), spark.conf.get("spark.sql.ansi.enabled")],
    "gateway": [name for name in os.environ if name.startswith("PYSPARK_GATEWAY_")],
}
print(json.dumps(answer))
"""


@pytest.fixture
def versions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[int, Path]:
    """A folder for each of two versions of a package; this process imports the second one."""
    folders = {number: tmp_path / str(number) for number in (1, 2)}
    for number, folder in folders.items():
        (folder / "versioned").mkdir(parents=True)
        (folder / "versioned" / "__init__.py").write_text(f"VERSION = {number}\n")
    monkeypatch.syspath_prepend(str(folders[2]))
    return folders


def answer_of(shared: SharedJvm, folder: Path) -> dict[str, object]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYSPARK_")}
    environment["PYTHONPATH"] = os.pathsep.join([str(folder), *sys.path])
    done = subprocess.run(
        [sys.executable, "-c", OTHER],
        input=json.dumps(shared.to_json()) + "\n",
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    answer: dict[str, object] = json.loads(done.stdout)
    return answer


def test_each_process_sees_its_own_version_on_the_driver_and_on_the_workers(
    spark: SparkSession, versions: dict[int, Path]
) -> None:
    for number in (1, 2, 1):
        folder = versions[number]
        answer = answer_of(share_jvm(spark, folder, f"digest{number}"), folder)
        assert (answer["driver"], answer["workers"]) == (number, [number, number])
        assert answer["application"] == spark.sparkContext.applicationId
        assert answer["settings"] == ["UTC", "true"]
        assert answer["gateway"] == [], "what starts later in it does not take spark-submit for its parent"
    assert spark.range(3).agg(F.sum("id")).first() == (3,), "the Spark of this process goes on"


def test_the_secret_of_the_gateway_is_not_printed(spark: SparkSession, tmp_path: Path) -> None:
    shared = share_jvm(spark, tmp_path, "digest")
    assert shared.secret
    assert shared.secret not in repr(shared)
    assert SharedJvm.from_json(shared.to_json()) == shared
