from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from assay.errors import InfrastructureError
from assay.models.mlflow.client import shown
from assay.models.mlflow.registry import Registry

from ...expect_errors import raises_code


def test_a_store_that_cannot_be_opened_is_infrastructure(tmp_path: Path) -> None:
    path = tmp_path / "mlflow.db"
    path.write_bytes(b"this is no database" * 100)
    with raises_code(InfrastructureError, "mlflow", path):
        Registry(f"sqlite:///{path}", tmp_path, "flight_delays").versions()


def test_no_failure_says_a_password(tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: Any) -> None:
    uri = "nosuchscheme://ann:s3cr3t@db.example:5432/mlflow?sslpassword=s3cr3t"
    with pytest.raises(InfrastructureError) as failure:
        Registry(uri, tmp_path, "flight_delays").versions()
    assert "db.example" in failure.value.render()
    assert failure.value.__cause__ is None
    out, err = capfd.readouterr()
    assert "s3cr3t" not in failure.value.render() + caplog.text + out + err
    assert shown(uri) == "nosuchscheme://***@db.example:5432/mlflow"


@pytest.mark.parametrize("password", ["s3cr3t", "s3/cr3t", "s3?cr3t", "s3#cr3t", "s3@cr3t", "s3:cr/3t"])
def test_a_database_shows_no_part_of_any_password_that_sqlalchemy_takes(password: str) -> None:
    assert (
        shown(f"postgresql://ann:{password}@db.example:5432/mlflow?x=a@b") == "postgresql://***@db.example:5432/mlflow"
    )


@pytest.mark.parametrize(
    "uri", ["sqlite:////data/a@b.db", "http://mlflow:5000/a@b", "s3://bucket/a@b", "hdfs://n:8020/a@b"]
)
def test_a_path_with_the_sign_of_a_user_is_shown_whole(uri: str) -> None:
    assert shown(uri) == uri


def test_making_the_store_and_logging_to_it_says_nothing(store_made_in_a_process: tuple[Path, str]) -> None:
    path, stderr_text = store_made_in_a_process
    assert stderr_text == ""
    assert [file.name for file in path.parent.parent.rglob("*")] == ["new", path.name]
