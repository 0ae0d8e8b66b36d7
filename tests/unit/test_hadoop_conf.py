"""A cluster that nothing says where it is: refused with the line to type before a byte is packed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from assay.cli.main import invoke
from assay.errors import InputError
from assay.spec.project import load_pipeline, open_project
from assay.stages.runtime.context import Context
from assay.submission import staging, submit

from ..expect_errors import error_codes, missing_data

PARCELS = Path(__file__).parents[1] / "projects" / "parcels"
CLUSTER = """
lake: hdfs://127.0.0.1:9/lake
landing: hdfs://127.0.0.1:9/landing
hdfs: {web: ["http://127.0.0.1:9"]}
yarn: {web: ["http://127.0.0.1:9"]}
spark: {master: yarn}
mlflow: {tracking: "http://127.0.0.1:9"}
"""
SUBMITTED = ["submit", "clean", "--env", "cluster", "--pipeline", "parcels", "--date", "2024-01-01"]


@pytest.fixture
def packed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """A project with a cluster's environment, whose conf nothing names; what was packed or sent for it."""
    root = tmp_path / "project"
    shutil.copytree(PARCELS, root)
    (root / "conf" / "environments" / "cluster.yaml").write_text(CLUSTER)
    monkeypatch.setenv("ASSAY_PROJECT", str(root))
    monkeypatch.setenv("ASSAY_HOME", str(tmp_path))
    monkeypatch.syspath_prepend(str(root))
    for name in ("HADOOP_CONF_DIR", "YARN_CONF_DIR"):
        monkeypatch.delenv(name, raising=False)
    done: list[str] = []

    def archive(*_: object) -> bytes:
        done.append("code")
        return b""

    monkeypatch.setattr(submit, "archive_code", archive)
    monkeypatch.setattr(submit, "ship", lambda *_: done.append("shipment"))
    monkeypatch.setattr(staging, "pack_environment", lambda *_: done.append("environment"))
    return done


@pytest.mark.parametrize("more", [[], ["--dry-run"], ["--prepare-only"], ["--deploy-mode", "cluster"]])
def test_a_submission_without_hadoop_conf_dir_packs_nothing(
    packed: list[str], more: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert invoke([*SUBMITTED, *more]) == 2
    stderr_text = capsys.readouterr().err
    assert error_codes(stderr_text) == ["no-hadoop-conf"]
    assert missing_data(stderr_text, "HADOOP_CONF_DIR") == []
    assert packed == []


def test_a_conf_dir_without_hadoops_files_is_refused_by_its_name(
    packed: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HADOOP_CONF_DIR", str(tmp_path / "nowhere"))
    assert invoke(SUBMITTED) == 2
    assert str(tmp_path / "nowhere") in capsys.readouterr().err
    assert packed == []


@pytest.mark.usefixtures("packed")
def test_a_stage_that_needs_spark_is_refused_before_it_begins(capsys: pytest.CaptureFixture[str]) -> None:
    for stage in ("run", "clean", "score"):
        assert invoke([stage, "parcels", "--env", "cluster", "--date", "2024-01-01"]) == 2
        assert error_codes(capsys.readouterr().err) == ["no-hadoop-conf"]


def test_a_named_conf_is_enough(packed: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "conf").mkdir()
    (tmp_path / "conf" / "yarn-site.xml").write_text("<configuration/>")
    monkeypatch.setenv("HADOOP_CONF_DIR", str(tmp_path / "conf"))
    pipeline = load_pipeline(open_project(env="cluster"), "parcels")
    submit.prepare(pipeline, "clean", ("--date", "2024-01-01"), None, ())
    assert packed == ["code"]


@pytest.mark.usefixtures("packed")
def test_a_notebook_is_refused_before_a_jvm_starts() -> None:
    with pytest.raises(InputError) as error:
        _ = Context(load_pipeline(open_project(env="cluster"), "parcels")).spark
    assert error.value.code == "no-hadoop-conf"
