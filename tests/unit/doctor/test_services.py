"""MLflow, HDFS and YARN: what does not answer or does not fit is a fault, by small servers on this machine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from assay.core.operations.submission import Ending
from assay.doctor.check_line import CheckLine, PassedCheck, line_of
from assay.doctor.hadoop import check_executors, check_hdfs, check_yarn
from assay.doctor.tracking import check_mlflow
from assay.errors import InfrastructureError
from assay.spec.project import load_pipeline, open_project
from assay.store.hadoop import resource_manager, webhdfs
from assay.submission import submit

from .environments import environment_in
from .web_services import silent_address, web_service

PARCELS = Path(__file__).parents[2] / "projects" / "parcels"
ROOT_STATUS = {"fileId": 1, "length": 0, "modificationTime": 0, "type": "DIRECTORY", "pathSuffix": ""}
ACTIVE = {"/webhdfs/v1/": (200, {"FileStatus": ROOT_STATUS})}


def refusal(exception: str) -> tuple[int, dict[str, Any]]:
    return 403, {"RemoteException": {"exception": exception, "javaClassName": exception, "message": f"{exception}: no"}}


STANDBY = {"/webhdfs/v1/": refusal("StandbyException")}


def rm_with(nodes: int) -> dict[str, tuple[int, Any]]:
    return {
        "/ws/v1/cluster/apps": (200, {"apps": None}),
        "/ws/v1/cluster/info": (200, {"clusterInfo": {"hadoopVersion": "3.5.0"}}),
        "/ws/v1/cluster/metrics": (200, {"clusterMetrics": {"activeNodes": nodes, "lostNodes": 1}}),
    }


@pytest.fixture(autouse=True)
def without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resource_manager, "RETRY_SECONDS", ())
    monkeypatch.setattr(webhdfs, "RETRY_SECONDS", ())


def line(check: Callable[..., PassedCheck], tmp_path: Path, **changes: Any) -> CheckLine:
    return line_of("service", lambda: check(environment_in(tmp_path, **changes)))


def test_an_mlflow_that_does_not_answer_is_a_fault_with_the_line_to_type(tmp_path: Path) -> None:
    with silent_address() as address:
        answer = line(check_mlflow, tmp_path, mlflow_tracking=address)
    assert (answer.exit_code, answer.code) == (4, "mlflow")
    assert f"curl {address}/version" in answer.mend


def test_a_password_in_the_address_of_mlflow_is_not_shown(tmp_path: Path) -> None:
    with silent_address() as address:
        answer = line(check_mlflow, tmp_path, mlflow_tracking=address.replace("//", "//eva:hidden@"))
    assert answer.exit_code == 4
    assert "hidden" not in answer.sentence + answer.mend


def test_an_mlflow_of_another_major_version_is_a_mistake(tmp_path: Path) -> None:
    with web_service({"/version": (200, "2.22.0")}) as address:
        answer = line(check_mlflow, tmp_path, mlflow_tracking=address)
    assert (answer.exit_code, answer.code) == (2, "wrong-mlflow")


def test_an_mlflow_that_answers_is_shown_with_its_version(tmp_path: Path) -> None:
    installed = version("mlflow")
    served = {"/version": (200, installed), "POST /api/2.0/mlflow/experiments/search": (200, {"experiments": []})}
    with web_service(served) as address:
        answer = line(check_mlflow, tmp_path, mlflow_tracking=address)
    assert answer.passed
    assert f"server {installed}" in answer.sentence


def test_an_mlflow_whose_store_cannot_be_read_is_a_fault(tmp_path: Path) -> None:
    refused = {"error_code": "PERMISSION_DENIED", "message": "no"}
    with web_service({"/version": (401, "log in"), "POST /api/": (403, refused)}) as address:
        assert line(check_mlflow, tmp_path, mlflow_tracking=address).code == "mlflow"


def test_a_database_of_mlflow_that_does_not_exist_is_left_to_the_first_training(tmp_path: Path) -> None:
    assert line(check_mlflow, tmp_path).passed
    assert list(tmp_path.iterdir()) == []


def test_each_namenode_is_shown_with_its_state(tmp_path: Path) -> None:
    with web_service(ACTIVE) as active, web_service(STANDBY) as standby, silent_address() as silent:
        answer = line(check_hdfs, tmp_path, webhdfs=(standby, active, silent))
    assert answer.passed
    assert answer.details == (f"{standby}: standby", f"{active}: active", f"{silent}: does not answer")


def test_an_hdfs_without_an_active_namenode_is_a_fault(tmp_path: Path) -> None:
    with web_service(STANDBY) as standby, silent_address() as silent:
        answer = line(check_hdfs, tmp_path, webhdfs=(standby, silent))
    assert (answer.exit_code, answer.code) == (4, "hdfs-unreachable")
    assert "haadmin" in answer.mend


def test_an_hdfs_that_takes_no_file_is_a_fault(tmp_path: Path) -> None:
    with web_service({**ACTIVE, "PUT /webhdfs/v1/": refusal("AccessControlException")}) as active:
        answer = line(check_hdfs, tmp_path, webhdfs=(active,), staging="hdfs://name-node:8020/staging")
    assert (answer.exit_code, answer.code) == (4, "cannot-write")


def test_yarn_is_shown_with_its_version_and_nodes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "core-site.xml").write_text("<configuration/>")
    monkeypatch.setenv("HADOOP_CONF_DIR", str(tmp_path))
    with web_service(rm_with(nodes=3)) as address:
        answer = line(check_yarn, tmp_path, master="yarn", resource_manager=(address,))
    assert answer.passed
    assert "3.5.0" in answer.sentence
    assert "3 active nodes" in answer.sentence


def test_a_yarn_that_is_silent_has_no_nodes_or_is_not_configured_is_a_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HADOOP_CONF_DIR", "YARN_CONF_DIR"):
        monkeypatch.delenv(name, raising=False)
    with silent_address() as silent, web_service(rm_with(0)) as empty, web_service(rm_with(2)) as fit:
        codes = [
            line(check_yarn, tmp_path, master="yarn", resource_manager=(address,)).code
            for address in (silent, empty, fit)
        ]
    assert codes == ["yarn-unreachable", "no-nodes", "no-hadoop-conf"]


def test_without_a_cluster_its_lines_say_none(tmp_path: Path) -> None:
    for check in (check_hdfs, check_yarn):
        assert line(check, tmp_path).sentence.startswith("none")


def test_an_executor_that_is_not_fit_is_a_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pipeline = load_pipeline(open_project(PARCELS), "parcels")
    assert check_executors(pipeline, print).sentence.startswith("none")
    environment = environment_in(tmp_path, master="yarn", name="cluster")
    on_yarn = replace(pipeline, project=replace(pipeline.project, environment=environment))
    monkeypatch.setattr(submit, "prepare", lambda *_: None)
    monkeypatch.setattr(submit, "submit", lambda *_, **__: Ending(4, "an executor has another Python"))
    answer = line_of("executors", lambda: check_executors(on_yarn, print))
    assert (answer.exit_code, answer.code) == (4, "preflight")
    assert answer.mend == "assay preflight parcels --env cluster"


def test_an_error_without_a_hint_has_a_command_that_shows_the_cause() -> None:
    def refuse() -> PassedCheck:
        raise InfrastructureError("cannot write hdfs://x/a.json: EOFException", code="cannot-write")

    assert "dfsadmin -report" in line_of("hdfs", refuse).mend
