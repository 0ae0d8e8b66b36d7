"""`assay init` writes a whole project or nothing, and what it writes passes the check without Spark."""

from __future__ import annotations

import ast
import csv
import gzip
import io
import json
import os
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from assay.cli.commands.start import init
from assay.cli.main import invoke
from assay.core.operations.submission import JOBS
from assay.scaffold.choices import QUESTIONS, Choice, Choices
from assay.scaffold.example import write_source
from assay.scaffold.propose import propose_pipeline
from assay.store.delta.first_rows import first_rows

from ...expect_errors import error_codes

FIRST, DAYS = date(2024, 1, 1), 70
LABEL = ("--label", "sold")


@pytest.fixture(autouse=True)
def _no_project(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ASSAY_PROJECT", "ASSAY_HOME"):
        monkeypatch.delenv(name, raising=False)


def rows(days: int = DAYS) -> list[dict[str, str]]:
    """Two kiosks and their sales, with names that no schema takes."""
    return [
        {
            "Day": str(FIRST + timedelta(days=n)),
            "Kiosk Name": kiosk,
            "weiß": "?" if n == 3 else str(n % 7),
            "sold": str(n),
        }
        for n in range(days)
        for kiosk in ("a", "b")
    ]


def write(path: Path, some: list[dict[str, str]], delimiter: str = ",") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(some[0]), delimiter=delimiter)
    writer.writeheader()
    writer.writerows(some)
    data = text.getvalue().encode()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


def by_day(folder: Path, name: Callable[[str], str]) -> Path:
    """One file for each date, without a column of the date."""
    for n in range(DAYS):
        day = str(FIRST + timedelta(days=n))
        kept = [{key: text for key, text in row.items() if key != "Day"} for row in rows() if row["Day"] == day]
        write(folder / name(day), kept)
    return folder


def document(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    """What `init --json` prints."""
    capsys.readouterr()
    assert invoke(["init", *arguments, "--json"]) == 0
    return dict(json.loads(capsys.readouterr().out))


def checked(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Check the project without Spark, as its user would."""
    monkeypatch.chdir(folder)
    assert invoke(["check", "--static"]) == 0


def test_the_example_is_a_project_that_passes_the_check(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "own_bakery"
    shown = document(capsys, str(folder), "--example")
    assert shown["key"] == ["date", "shop"]
    assert "sold" in shown["later"]
    checked(folder, monkeypatch)
    for path in folder.rglob("*.py"):
        ast.parse(path.read_text())
    for path in folder.rglob("*.yaml"):
        yaml.safe_load(path.read_text())
    assert {path.stem for path in (folder / "jobs").iterdir()} == set(JOBS)
    assert os.access(folder / "spark-submit.sh", os.X_OK)
    landed = sorted(path.name for path in (folder / ".assay" / "landing" / "sales").iterdir())
    assert len(landed) == 150
    assert not list(tmp_path.glob(".assay-init-*"))


def test_the_example_has_the_same_bytes_each_time(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_source(tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


@pytest.mark.parametrize(
    "form", [lambda day: f"{day}.csv.gz", lambda day: f"{day}/part.csv", lambda day: f"date={day}/part.csv"]
)
def test_files_by_date_are_read_in_each_form(
    form: Callable[[str], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    source = by_day(tmp_path / "kiosks", form)
    shown = document(capsys, str(tmp_path / "own_kiosks"), "--from", str(source), *LABEL)
    assert shown["key"] == ["date" if "date=" in form("") else "day", "kiosk_name"]
    checked(tmp_path / "own_kiosks", monkeypatch)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_one_file_is_divided_by_its_column_of_dates_and_stays_as_it_was(
    delimiter: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    source = write(tmp_path / "kiosks.csv", rows(), delimiter)
    before = source.read_bytes()
    folder = tmp_path / "split_kiosks"
    document(capsys, str(folder), "--from", str(source), *LABEL)
    assert source.read_bytes() == before
    checked(folder, monkeypatch)
    landing = folder / ".assay" / "landing"
    lines = (landing / "kiosks" / "2024-01-04" / "kiosks.csv").read_text().splitlines()
    assert lines == ["day,kiosk_name", "2024-01-04,a", "2024-01-04,b"]
    outcomes = (landing / "kiosks_outcomes" / "2024-01-04" / "kiosks_outcomes.csv").read_text().splitlines()
    assert outcomes[1] == "2024-01-04,a,?,3,2024-01-05T05:00:00Z"
    schema = yaml.safe_load((folder / "conf" / "schemas" / "kiosks_outcomes.yaml").read_text())
    assert schema["nulls"] == ["", "NA", "?"]
    assert {column["name"]: column["type"] for column in schema["columns"]}["weiss"] == "int"


def test_parquet_is_read_and_an_event_is_a_label(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    columns = {name: [row[name] for row in rows()] for name in rows()[0]}
    table = pa.table({**columns, "sold": [int(text) for text in columns["sold"]], "at": [1.5] * len(columns["sold"])})
    pq.write_table(table, tmp_path / "kiosks.parquet")
    folder = tmp_path / "event_kiosks"
    label = ("--label", "many=sold % 3 = 0", "--known", "weiss")
    shown = document(capsys, str(folder), "--from", str(tmp_path / "kiosks.parquet"), *label)
    assert shown["label"] == {"name": "many", "sql": "sold % 3 = 0", "task": "classification"}
    assert "weiss" in shown["known"]
    checked(folder, monkeypatch)


def test_dates_without_rows_land_empty_and_are_allowed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    source = write(tmp_path / "kiosks.csv", [row for row in rows() if not row["Day"].endswith("-07")])
    folder = tmp_path / "gap_kiosks"
    document(capsys, str(folder), "--from", str(source), *LABEL)
    checked(folder, monkeypatch)
    spec = yaml.safe_load((folder / "conf" / "pipelines" / "gap_kiosks.yaml").read_text())
    assert {table["empty"] for table in spec["tables"].values()} == {"allow"}
    assert (folder / ".assay/landing/kiosks/2024-01-07/kiosks.csv").read_text() == "day,kiosk_name\n"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ((), "usage"),
        (("--example", "--from", "kiosks.csv"), "usage"),
        (("--from", "nowhere"), "missing-file"),
        (("--from", "few.csv", *LABEL), "few-days"),
        (("--from", "undated.csv"), "no-dates"),
        (("--from", "kiosks.csv", "--label", "solt"), "unknown-column"),
        (("--from", "kiosks.csv", "--key", "weiss", *LABEL), "bad-key"),
        (("--from", "kiosks.csv", "--date-column", "sold"), "no-dates"),
        (("--from", "kiosks.csv", *LABEL, "--timezone", "Mars"), "bad-timezone"),
        (("--from", "kiosks.csv", *LABEL, "--label-delay", "soon"), "bad-delay"),
        (("--from", "kiosks.csv", *LABEL, "--known", "nothing"), "unknown-column"),
        (("--from", "a=kiosks.csv", "--from", "b=few.csv"), "usage"),
    ],
)
def test_a_mistake_is_refused_and_nothing_is_written(
    arguments: tuple[str, ...],
    code: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "kiosks.csv", rows())
    write(tmp_path / "few.csv", rows(20))
    write(tmp_path / "undated.csv", [{"a": "1", "b": "x"}] * 3)
    assert invoke(["init", "own", *arguments, "--yes"]) == 2
    assert error_codes(capsys.readouterr().err) == [code]
    assert not (tmp_path / "own").exists()
    assert not list(tmp_path.glob(".assay-init-*"))


def test_a_folder_that_holds_anything_is_left_as_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "note").write_text("mine")
    assert invoke(["init", str(tmp_path), "--example"]) == 2
    assert error_codes(capsys.readouterr().err) == ["not-empty"]
    assert [path.name for path in tmp_path.iterdir()] == ["note"]


def test_an_init_that_fails_halfway_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("assay.scaffold.write_folder.land_with", fail)
    assert invoke(["init", str(tmp_path / "own"), "--example"]) == 130
    assert list(tmp_path.iterdir()) == []


def test_a_terminal_requests_each_choice_with_the_proposal_as_default(tmp_path: Path) -> None:
    requested: dict[Choice, str] = {}

    def ask(choice: Choice, proposal: str) -> str:
        requested[choice] = proposal
        return "weiss" if choice is Choice.KNOWN else proposal

    proposal = propose_pipeline("own", "kiosks", [write(tmp_path / "kiosks.csv", rows())], Choices({}, ask), first_rows)
    assert set(requested) == set(QUESTIONS)
    assert (requested[Choice.DATE], requested[Choice.KEY], requested[Choice.LABEL]) == ("Day", "kiosk_name", "sold")
    assert proposal.known == ("kiosk_name", "weiss")


def test_the_answer_on_a_terminal_is_the_choice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("click.prompt", lambda *_, **options: f" {options['default']} ")
    assert init._ask(Choice.KEY, "shop") == "shop"


def test_the_package_is_found_in_the_folder_of_the_project_that_was_opened_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("first_shop", "second_shop"):
        document(capsys, str(tmp_path / name), "--example")
        checked(tmp_path / name, monkeypatch)
    import sys

    assert str(tmp_path / "second_shop") in sys.path
    assert str(tmp_path / "first_shop") not in sys.path


def test_the_past_of_single_events_is_averaged_by_a_column_that_both_tables_have(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    orders = [
        {"Day": row["Day"], "order": f"n{n}", "depot": row["Kiosk Name"], "sold": row["sold"]}
        for n, row in enumerate(rows())
    ]
    folder = tmp_path / "order_kiosks"
    shown = document(capsys, str(folder), "--from", str(write(tmp_path / "orders.csv", orders)), *LABEL)
    assert (shown["key"], shown["known"]) == (["day", "order"], ["order", "depot"])
    checked(folder, monkeypatch)
    schema = yaml.safe_load((folder / "conf" / "schemas" / "orders_outcomes.yaml").read_text())
    assert [column["name"] for column in schema["columns"]] == ["day", "order", "depot", "sold", "available_at"]
    assert 'ENTITY: list[str] = ["depot"]' in next(folder.rglob("features.py")).read_text()
