"""The session: the same settings from Python and under a plain `spark-submit`, and failures said in words."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from assay.errors import AssayError, InfrastructureError, InputError, LostRace
from assay.spark.session.class_data_sharing import archived_classes
from assay.spark.session.errors import explain, translate_spark_errors
from assay.spark.session.jars import spark_home
from assay.spark.session.session import SECOND_COMPILER_BYTES, open_session
from assay.spec.user_code.calls import call_user

from ..expect_errors import error_codes, missing_data, raises_code

if TYPE_CHECKING:
    from pyarrow import RecordBatch
    from pyspark.sql import SparkSession

JOB = """
    import json, os, sys
    from pathlib import Path
    from assay.spark.session.session import open_session

    class Laptop:
        master, spark = "local[2]", {"spark.sql.shuffle.partitions": "5"}

    spark = open_session(Laptop(), "job", landed=int(os.environ.get("LANDED", "0")))
    java = spark._jvm.java.lang.management.ManagementFactory.getRuntimeMXBean().getInputArguments()
    table = sys.argv[1]
    spark.range(3).write.format("delta").save(table)
    python = spark.range(1).rdd.map(lambda _: sys.executable).first()
    print(json.dumps({
        "rows": spark.read.format("delta").load(table).count(), "master": spark.sparkContext.master,
        "driver": sys.executable, "worker": python, "zone": spark.conf.get("spark.sql.session.timeZone"),
        "shuffle": spark.conf.get("spark.sql.shuffle.partitions"),
        "compilers": [option[-1] for option in java if "TieredStopAtLevel" in option][-1:],
    }))
    sys.exit(3)
"""


class Laptop:
    master = "local[2]"
    spark: dict[str, str] = {}  # noqa: RUF012


def run_job(tmp_path: Path, command: list[str], **variables: str) -> subprocess.CompletedProcess[str]:
    job = tmp_path / "job.py"
    job.write_text(textwrap.dedent(JOB))
    unset = {
        "JAVA_HOME",
        "ASSAY_JAVA",
        "PYSPARK_PYTHON",
        "SPARK_HOME",
        "PYSPARK_GATEWAY_PORT",
        "PYSPARK_GATEWAY_SECRET",
    }
    environment = {k: v for k, v in os.environ.items() if k not in unset}
    return subprocess.run(
        [*command, str(job), str(tmp_path / "table")],
        cwd=tmp_path,
        env={**environment, **variables},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_plain_spark_submit_has_delta_this_python_a_quiet_log_and_the_jobs_exit_code(tmp_path: Path) -> None:
    submit = Path(sys.executable).parent / "spark-submit"
    command = [str(submit), "--master", "local[1]", "--conf", "spark.sql.shuffle.partitions=7"]
    done = run_job(tmp_path, command, PATH=os.defpath)  # nothing activated
    assert done.stderr == ""
    assert done.returncode == 3
    here = str(Path(sys.executable).parent)
    assert '"rows": 3, "master": "local[1]"' in done.stdout
    assert done.stdout.count(f'"{here}/python') == 2
    assert '"zone": "UTC", "shuffle": "7"' in done.stdout  # the caller's --conf stands above the environment's file


def test_a_session_from_python_is_quiet_and_leaves_nothing_in_the_working_folder(tmp_path: Path) -> None:
    done = run_job(tmp_path, [sys.executable], LANDED=str(SECOND_COMPILER_BYTES))
    assert done.stderr == ""
    assert '"compilers": ["4"]' in done.stdout, "so many bytes are worth the second compiler"
    assert done.returncode == 3
    assert '"rows": 3, "master": "local[2]"' in done.stdout
    assert '"shuffle": "5"' in done.stdout
    assert sorted(p.name for p in tmp_path.iterdir() if p.name != "assay-home") == ["job.py", "table"]


def test_spark_submit_without_a_java_that_works_says_so_and_ends_with_2(tmp_path: Path) -> None:
    submit = Path(sys.executable).parent / "spark-submit"
    done = run_job(tmp_path, [str(submit)], JAVA_HOME=str(tmp_path / "gone"))
    assert done.returncode == 2
    assert error_codes(done.stderr) == ["wrong-java"]
    assert missing_data(done.stderr, "JAVA_HOME", tmp_path / "gone") == []


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("spark.sql.session.timeZone", "UTC"),
        ("spark.sql.ansi.enabled", "true"),
        ("spark.sql.execution.arrow.pyspark.enabled", "true"),
        ("spark.sql.shuffle.partitions", "2"),
        ("spark.databricks.delta.snapshotPartitions", "2"),
        ("spark.ui.enabled", "false"),
        ("spark.driver.memory", "2g"),
    ],
)
def test_a_session_is_fit_for_a_small_machine(spark: SparkSession, setting: str, value: str) -> None:
    assert spark.conf.get(setting) == value


def java_options(spark: SparkSession) -> list[str]:
    """The options that the session's JVM was started with."""
    jvm: Any = spark._jvm
    return list(jvm.java.lang.management.ManagementFactory.getRuntimeMXBean().getInputArguments())


def test_a_session_maps_the_classes_that_the_install_archived(spark: SparkSession) -> None:
    if not any((spark_home() / "archive").glob("*.jsa")):
        pytest.skip("this Java makes no archive of classes")
    [mapped] = [option for option in java_options(spark) if option.startswith("-XX:SharedArchiveFile=")]
    assert Path(mapped.partition("=")[2]).is_file()
    assert "SPARK_CONF_DIR" not in os.environ, "a spark-submit that starts later has the conf of its own"


def test_a_session_for_small_stages_has_the_first_compiler_alone(spark: SparkSession) -> None:
    assert [option for option in java_options(spark) if "TieredStopAtLevel" in option] == ["-XX:TieredStopAtLevel=1"]


def test_whoever_has_a_conf_of_their_own_keeps_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SPARK_CONF_DIR", str(tmp_path))
    with archived_classes() as options:
        assert options == ""
        assert os.environ["SPARK_CONF_DIR"] == str(tmp_path)


def test_a_session_that_runs_is_used_again(spark: SparkSession) -> None:
    assert open_session(Laptop(), "another") is spark


def test_dates_and_instants_do_not_depend_on_the_zone_of_the_machine(spark: SparkSession) -> None:
    row = spark.sql(
        "SELECT CAST(TIMESTAMP'2013-03-10T02:30:00Z' AS string), unix_seconds(TIMESTAMP'2013-03-10 02:30:00')"
    ).head()
    assert row is not None
    text, seconds = row
    assert text == "2013-03-10 02:30:00"
    assert datetime.fromtimestamp(seconds, UTC).hour == 2


@pytest.mark.parametrize(
    ("query", "code", "named"),
    [
        ("SELECT airtime FROM (SELECT 1 AS air_time)", "unresolved-column-with-suggestion", ["airtime"]),
        ("SELEC 1", "parse-syntax-error", []),
        ("SELECT 1 / (id - id) FROM range(1)", "divide-by-zero", []),
    ],
)
def test_sql_that_spark_refuses_is_the_users_mistake(
    spark: SparkSession, query: str, code: str, named: list[str]
) -> None:
    with raises_code(InputError, code, *named) as refused, translate_spark_errors():
        spark.sql(query).collect()
    assert "\n" not in refused.value.message


def test_a_worker_that_is_killed_is_infrastructure_with_a_hint_on_memory(spark: SparkSession) -> None:
    def die(batches: Iterator[RecordBatch]) -> Iterator[RecordBatch]:
        import os
        import signal

        os.kill(os.getpid(), signal.SIGKILL)
        yield from batches

    with (
        raises_code(InfrastructureError, "worker-died", "spark.driver.memory"),
        translate_spark_errors(),
    ):
        spark.range(1).mapInArrow(die, "id long").collect()


def test_a_worker_without_memory_is_infrastructure_too(spark: SparkSession) -> None:
    def starve(batches: Iterator[RecordBatch]) -> Iterator[RecordBatch]:
        raise MemoryError("4 GiB")
        yield from batches

    with raises_code(InfrastructureError, "worker-died", "MemoryError", "4 GiB"), translate_spark_errors():
        spark.range(1).mapInArrow(starve, "id long").collect()


def test_a_bug_in_a_users_function_stays_a_bug(spark: SparkSession) -> None:
    def wrong(batches: Iterator[RecordBatch]) -> Iterator[RecordBatch]:
        raise KeyError("dep_time")
        yield from batches

    with pytest.raises(Exception, match="dep_time") as failed, translate_spark_errors():
        spark.range(1).mapInArrow(wrong, "id long").collect()
    assert not isinstance(failed.value, AssayError)


def test_a_path_without_a_scheme_is_a_local_one_whatever_the_machine_is_set_up_for(spark: SparkSession) -> None:
    assert spark.sparkContext._jsc.hadoopConfiguration().get("fs.defaultFS") == "file:///"


def test_known_messages_have_their_exit_codes() -> None:
    from pyspark.errors import PySparkException

    race = explain(
        PySparkException("[DELTA_CONCURRENT_APPEND.WITH_PARTITION_HINT] Files were added by a concurrent update")
    )
    dynamic = explain(PySparkException("[SPARK-24942]: Barrier execution mode does not support dynamic resource..."))
    assert isinstance(dynamic, InputError)
    assert "spark.dynamicAllocation.enabled" in dynamic.hint
    slots = explain(
        PySparkException("[SPARK-24819]: Barrier execution mode does not allow run a barrier stage that...")
    )
    assert isinstance(slots, InfrastructureError)
    assert slots.code == "too-few-slots"
    for message in (
        "java.lang.IllegalStateException: Spark context stopped while waiting for backend",
        "Job 3 cancelled because SparkContext was shut down",
        "Cannot call methods on a stopped SparkContext.",
    ):
        ended = explain(PySparkException(message))
        assert isinstance(ended, InfrastructureError)
        assert ended.code == "application-ended"
    disk = explain(PySparkException("java.io.IOException: No space left on device"))
    assert isinstance(race, LostRace)
    assert isinstance(disk, InfrastructureError)
    assert disk.exit_code == race.exit_code == 4
    input_error = InputError("x", code="y")
    assert explain(input_error) is input_error
    other = ValueError("No space left on device")
    assert explain(other) is other


def test_a_jvm_that_is_gone_is_infrastructure_also_where_a_users_function_meets_it() -> None:
    from py4j.protocol import Py4JNetworkError

    assert isinstance(explain(Py4JNetworkError("Answer from Java side is empty")), InfrastructureError)
    # As py4j's socket is refused: a real one would stay open, since py4j does not close it then.
    py4j: dict[str, Any] = {"__name__": "py4j.clientserver"}
    exec("def connect(): raise ConnectionRefusedError(111, 'Connection refused')", py4j)
    with pytest.raises(InfrastructureError) as raised:
        call_user(lambda: py4j["connect"](), what="the function", code="features-failed", explain=explain)
    assert (raised.value.code, raised.value.exit_code) == ("spark-gone", 4)
    refused = ConnectionRefusedError("a service of the user's")
    assert explain(refused) is refused
