"""A source that is a Delta table, or files by date, is read where it lies; the project has no copy of it."""

from __future__ import annotations

import bz2
import json
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from deltalake import write_deltalake
from pyarrow import orc

from assay.cli.main import invoke
from assay.core.proposals.dates import DateForm
from assay.core.proposals.source_place import date_sql, merged_types

from ...expect_errors import error_codes
from .test_init import checked, document

FIRST, DAYS = date(2024, 1, 1), 70
LABEL = ("--label", "sold")
Write = Callable[[pa.Table, Path], None]


@pytest.fixture(autouse=True)
def _no_project(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ASSAY_PROJECT", "ASSAY_HOME"):
        monkeypatch.delenv(name, raising=False)


def sales(days: range = range(DAYS)) -> pa.Table:
    """Two kiosks, with a code that looks like a number, a column of lists, and names that no schema takes."""
    rows = [
        {
            "Day": FIRST + timedelta(days=n),
            "Kiosk Name": kiosk,
            "code": f"00{n % 3}",
            "tags": ["a"],
            "sold": n * 10,
            "Price (EUR)": 1.0 + n % 5,
        }
        for n in days
        for kiosk in ("a", "b")
    ]
    return pa.Table.from_pylist(rows)


def by_day(folder: Path, form: str, write: Write, *, left_out: tuple[str, ...] = ("Day",)) -> Path:
    for n in range(DAYS):
        path = folder / form.format(FIRST + timedelta(days=n))
        path.parent.mkdir(parents=True, exist_ok=True)
        write(sales(range(n, n + 1)).drop_columns(list(left_out)), path)
    return folder


def write_jsonl(table: pa.Table, path: Path) -> None:
    lines = "".join(f"{json.dumps(row, default=str)}\n" for row in table.to_pylist()).encode()
    path.write_bytes(bz2.compress(lines) if path.suffix == ".bz2" else lines)


def write_csv(table: pa.Table, path: Path) -> None:
    rows = table.drop_columns("tags").to_pylist()
    lines = [";".join(rows[0]), *(";".join(map(str, row.values())) for row in rows)]
    path.write_bytes("\n".join([*lines, ""]).replace("EUR", "€").encode("cp1252"))


def conf(folder: Path, *names: str) -> Any:
    return yaml.safe_load((folder / "conf" / Path(*names)).read_text())


@pytest.mark.parametrize(
    ("form", "write", "kind", "partition"),
    [
        ("{}/part.parquet", pq.write_table, "parquet", "day"),
        ("sold_on={}/part-1.parquet", pq.write_table, "parquet", "sold_on"),
        ("{}.orc", orc.write_table, "orc", "day"),
        ("{}.jsonl.bz2", write_jsonl, "jsonl", "day"),
        ("{}/part.csv", write_csv, "csv", "day"),
    ],
)
def test_files_by_date_are_read_where_they_lie(
    form: str,
    write: Write,
    kind: str,
    partition: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    source = by_day(tmp_path / "my files" / "kiosk-sales", form, write)
    folder = tmp_path / "place_kiosks"
    shown = document(capsys, str(folder), "--from", str(source), *LABEL)
    assert (shown["in_place"], shown["key"]) == (True, [partition, "kiosk_name"])
    checked(folder, monkeypatch)
    assert conf(folder, "environments", "local.yaml")["landing"] == str(tmp_path / "my files")
    tables = conf(folder, "pipelines", "place_kiosks.yaml")["tables"]
    assert {(one["from"]["path"], one["from"]["format"]) for one in tables.values()} == {("kiosk-sales", kind)}
    assert tables["kiosk_sales_outcomes"]["available_at"] == {"days": 1, "at": "05:00"}
    assert not (folder / ".assay").exists()
    assert not list(folder.rglob("landing.py"))
    rows = conf(folder, "schemas", "kiosk_sales.yaml")
    assert rows["columns"] == [{"name": "kiosk_name", "source": "Kiosk Name", "type": "string"}]
    outcomes = conf(folder, "schemas", "kiosk_sales_outcomes.yaml")
    read = {column.get("source", column["name"]) for column in outcomes["columns"]}
    tags = set() if kind == "csv" else {"tags"}
    assert (
        read | set(outcomes.get("left_out", []))
        == read | set(rows["left_out"]) | {"Kiosk Name"}
        == {
            *{"Kiosk Name", "code", "sold"},
            *tags,
            "Price (€)" if kind == "csv" else "Price (EUR)",
        }
    )
    assert set(outcomes.get("left_out", [])) == tags
    code = next(column["type"] for column in outcomes["columns"] if column["name"] == "code")
    assert code == ("int" if kind in ("csv", "jsonl") else "string")
    assert outcomes.get("encoding", "utf-8") == ("windows-1252" if kind == "csv" else "utf-8")
    assert outcomes.get("delimiter", ",") == (";" if kind == "csv" else ",")


def test_a_column_that_repeats_the_date_of_the_file_is_the_partition(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    source = by_day(tmp_path / "sales", "{}.parquet", pq.write_table, left_out=())
    folder = tmp_path / "dated_kiosks"
    shown = document(capsys, str(folder), "--from", str(source), *LABEL)
    assert shown["key"] == ["day", "kiosk_name"]
    checked(folder, monkeypatch)
    for table in ("sales", "sales_outcomes"):
        column = conf(folder, "schemas", f"{table}.yaml")["columns"][0]
        assert column == {"name": "day", "source": "Day", "type": "date"}


@pytest.mark.parametrize("form", ["date", "text", "slashed"])
def test_a_delta_table_is_read_where_it_lies(
    form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    table = sales()
    texts = [f"{day:%Y/%m/%d}" if form == "slashed" else str(day) for day in table["Day"].to_pylist()]
    if form != "date":
        table = table.set_column(0, "Day", pa.array(texts))
    write_deltalake(tmp_path / "lake" / "sales", table, partition_by=["Day"])
    folder = tmp_path / f"delta_{form}"
    shown = document(capsys, str(folder), "--from", str(tmp_path / "lake" / "sales"), *LABEL)
    assert (shown["in_place"], shown["key"]) == (True, ["day", "kiosk_name"])
    checked(folder, monkeypatch)
    tables = conf(folder, "pipelines", f"delta_{form}.yaml")["tables"]
    sql = "to_date(`Day`, 'yyyy/MM/dd')" if form == "slashed" else "Day"
    assert tables["sales"]["from"] == {
        "table": str(tmp_path / "lake" / "sales"),
        "format": "delta",
        "schema": "sales",
        "date": sql,
    }
    kept = {"name": "day", "source": "Day", "type": "date"}
    rows = conf(folder, "schemas", "sales.yaml")
    assert (kept in rows["columns"]) == ("Day" not in rows["left_out"]) == (form != "slashed")
    assert conf(folder, "environments", "local.yaml")["landing"] == "${ASSAY_HOME}"


@pytest.mark.parametrize(
    ("end", "write"), [(".jsonl", write_jsonl), (".ndjson.bz2", write_jsonl), (".orc", orc.write_table)]
)
def test_one_file_of_another_format_is_divided_by_its_column_of_dates(
    end: str, write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / f"sales{end}"
    write(sales().drop_columns("tags"), source)
    folder = tmp_path / "divided_kiosks"
    shown = document(capsys, str(folder), "--from", str(source), *LABEL)
    assert (shown["in_place"], shown["key"]) == (False, ["day", "kiosk_name"])
    checked(folder, monkeypatch)
    lines = (folder / ".assay/landing/sales_outcomes/2024-01-02/sales_outcomes.csv").read_text().splitlines()
    assert lines[:2] == [
        "day,kiosk_name,code,sold,price_eur,available_at",
        "2024-01-02,a,001,10,2.0,2024-01-03T05:00:00Z",
    ]


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda folder: (folder / "2024-01-03").rename(folder / "2024-01-03" / ".." / "x=2024-01-03"), "two names"),
        (lambda folder: (folder / "2024-01-03").rename(folder.parent / "moved"), "fewer"),
    ],
)
def test_a_gap_in_the_dates_is_allowed(
    spoil: Callable[[Path], None],
    reason: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    source = by_day(tmp_path / "sales", "{}/part.parquet", pq.write_table)
    spoil(source)
    folder = tmp_path / "gap_kiosks"
    assert document(capsys, str(folder), "--from", str(source), *LABEL)["in_place"]
    checked(folder, monkeypatch)
    tables = conf(folder, "pipelines", "gap_kiosks.yaml")["tables"]
    assert tables["sales"].get("missing", "fail") == ("allow" if reason == "fewer" else "fail")


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("sales.json", '[{"day": "2024-01-01"}]\n', "bad-file"),
        ("sales.jsonl", "\n", "bad-file"),
        ("sales.orc", "no orc", "unreadable-file"),
        ("sales.csv.zst", "no zstd", "unreadable-file"),
    ],
)
def test_a_source_that_cannot_be_read_is_refused(
    name: str, text: str, code: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    assert invoke(["init", str(tmp_path / "own"), "--from", str(tmp_path / name.split("/")[0]), "--yes"]) == 2
    assert error_codes(capsys.readouterr().err) == [code]


def test_a_delta_table_beside_another_source_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_deltalake(tmp_path / "sales", sales(), partition_by=["Day"])
    pq.write_table(sales(), tmp_path / "more.parquet")
    sources = ("--from", str(tmp_path / "sales"), "--from", str(tmp_path / "more.parquet"))
    assert invoke(["init", str(tmp_path / "own"), *sources, "--yes"]) == 2
    assert error_codes(capsys.readouterr().err) == ["usage"]


def test_the_types_of_files_merge_to_the_wider_number() -> None:
    merged = merged_types([{"a": "int", "b": "int"}, {"a": "double", "b": "string"}])
    assert merged == {"a": "double", "b": None}
    assert date_sql("at", "timestamp", DateForm.ISO) == "to_date(`at`)"
    assert date_sql("n", "long", DateForm.COMPACT) == "to_date(CAST(`n` AS STRING), 'yyyyMMdd')"


def test_a_delta_table_with_a_broken_log_or_without_rows_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_deltalake(tmp_path / "empty", sales().slice(0, 0))
    assert invoke(["init", str(tmp_path / "own"), "--from", str(tmp_path / "empty"), "--yes"]) == 2
    assert error_codes(capsys.readouterr().err) == ["bad-file"]
    log = tmp_path / "broken" / "_delta_log" / "00000000000000000000.json"
    log.parent.mkdir(parents=True)
    log.write_text("{}")
    assert invoke(["init", str(tmp_path / "own"), "--from", str(tmp_path / "broken"), "--yes"]) == 4
    assert error_codes(capsys.readouterr().err) == ["corrupt-log"]


@pytest.mark.parametrize("dates", ["file", "paths", "column"])
def test_a_source_of_one_row_a_day_of_which_nothing_is_known_before_gives_a_table_that_can_be_stored(
    dates: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rain = pa.table({"Day": [FIRST + timedelta(days=n) for n in range(DAYS)], "rain": [n % 9 for n in range(DAYS)]})
    source = tmp_path / ("rain.parquet" if dates == "file" else "rain")
    if dates == "file":
        pq.write_table(rain, source)
    else:
        source.mkdir()
        for n in range(DAYS):
            row = rain.slice(n, 1)
            pq.write_table(
                row if dates == "column" else row.drop_columns("Day"), source / f"{FIRST + timedelta(n)}.parquet"
            )
    folder = tmp_path / f"rain_{dates}"
    shown = document(capsys, str(folder), "--from", str(source), "--label", "rain")
    assert (shown["key"], shown["known"], shown["in_place"]) == (["day"], [], dates == "column")
    checked(folder, monkeypatch)
    columns = conf(folder, "schemas", "rain.yaml")["columns"]
    assert [one["name"] for one in columns] == ["day", "day_of_year"]


@pytest.mark.parametrize(
    ("form", "write"), [("{}.csv", write_csv), ("{}.parquet", pq.write_table), ("{}.ndjson", write_jsonl)]
)
def test_a_file_of_a_date_may_have_no_rows(
    form: str, write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    source = by_day(tmp_path / "sales", form, write)
    quiet = source / form.format("2024-01-05")
    if form == "{}.csv":
        quiet.write_bytes(quiet.read_bytes().splitlines(keepends=True)[0])
    else:
        write(sales().slice(0, 0).drop_columns("Day"), quiet)
    folder = tmp_path / f"quiet_{form.rpartition('.')[2]}"
    assert document(capsys, str(folder), "--from", str(source), *LABEL)["in_place"]
    checked(folder, monkeypatch)
    tables = conf(folder, "pipelines", f"{folder.name}.yaml")["tables"]
    assert {table["empty"] for table in tables.values()} == {"allow"}
    assert "sold" in {column["name"] for column in conf(folder, "schemas", "sales_outcomes.yaml")["columns"]}
