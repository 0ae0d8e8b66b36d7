"""A proposal is a schema that the file itself keeps to."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
import yaml

from assay.cli.main import invoke
from assay.errors import InputError
from assay.quality.suite import load_suite
from assay.spec.inference.proposed_table import propose
from assay.spec.schema.table import TableSchema

from ...expect_errors import error_codes, raises_code

LINES = """id,big,price,day,at,ok,depot,note
1,5000000000,1.5,2024-01-01,2024-01-01T10:00:00Z,true,north,a
2,-1,NA,2024-02-29,2024-01-01 10:00,false,south,b
3,7,1e3,2024-01-03,2024-01-01T10:00:00+02:00,TRUE,north,
"""


def test_each_column_gets_the_narrowest_type_that_all_its_values_have(tmp_path: Path) -> None:
    path = tmp_path / "drop.csv"
    path.write_text(LINES)
    proposal = propose([path], "orders")
    kinds = {column.name: column.type for column in proposal.columns}
    assert kinds == {
        "id": "int",
        "big": "long",
        "price": "double",
        "day": "date",
        "at": "timestamp",
        "ok": "boolean",
        "depot": "string",
        "note": "string",
    }
    schema = TableSchema.model_validate(yaml.safe_load(proposal.schema_yaml))
    assert schema.names == list(kinds)
    assert {c.name for c in schema.columns if c.bin_exponent is not None} == {"id", "big", "price"}


def test_the_suite_is_one_that_great_expectations_could_have_written(tmp_path: Path) -> None:
    path = tmp_path / "drop.csv.gz"
    path.write_bytes(gzip.compress(LINES.encode()))
    proposal = propose([path], "orders")
    target = tmp_path / "orders.json"
    target.write_text(json.dumps(proposal.suite))
    checks = load_suite(target, {column.name: column.type for column in proposal.columns})
    never_null = {c.column for c in checks if c.type == "expect_column_values_to_not_be_null"}
    assert never_null == {"id", "big", "day", "at", "ok", "depot"}
    assert {c.column for c in checks if c.type == "expect_column_values_to_be_in_set"} == {"depot", "note"}


@pytest.mark.parametrize(
    "text",
    [
        *("12D", "0x1p3", "1_000", " 1", "2024-02-30", "2024", "1e", "yes", "1e400", "1e-400"),
        *("2024-01-01T10:00:00.1234567Z", "2024-01-01T10:00:00."),
    ],
)
def test_what_the_parser_of_the_schema_would_refuse_is_a_text(tmp_path: Path, text: str) -> None:
    path = tmp_path / "drop.csv"
    path.write_text(f"x,y\n{text},1\n")
    kind = propose([path], "t").columns[0].type
    assert kind == ("int" if text == "2024" else "string")


@pytest.mark.parametrize(
    ("content", "code", "named"),
    [("", "empty-file", []), ("a,b\n", "bad-file", []), ("a,b\n1,2\n3\n", "bad-file", [3])],
)
def test_a_file_that_says_nothing_is_refused(tmp_path: Path, content: str, code: str, named: list[int]) -> None:
    path = tmp_path / "drop.csv"
    path.write_text(content)
    with raises_code(InputError, code, path, *named):
        propose([path], "t")


def test_a_file_that_a_person_may_have_corrected_is_never_overwritten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "conf" / "pipelines").mkdir(parents=True)
    (tmp_path / "conf" / "environments").mkdir()
    (tmp_path / "conf" / "environments" / "local.yaml").write_text(
        "lake: ${ASSAY_HOME}/lake\nlanding: ${ASSAY_HOME}\nspark: {master: 'local[1]'}\n"
        "mlflow: {tracking: 'sqlite:///${ASSAY_HOME}/m.db', artifacts: '${ASSAY_HOME}/a'}\n"
    )
    monkeypatch.setenv("ASSAY_PROJECT", str(tmp_path))
    path = tmp_path / "drop.csv"
    path.write_text(LINES)
    command = ["profile", str(path), "--table", "orders", "--write"]
    assert invoke(command) == 0
    schema = tmp_path / "conf" / "schemas" / "orders.yaml"
    schema.write_text("mine")
    assert invoke(command) == 2
    assert error_codes(capsys.readouterr().err) == ["file-exists"]
    assert schema.read_text() == "mine"
