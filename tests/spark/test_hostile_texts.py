"""Hostile texts of every type: each becomes exactly what was written, or is refused with a reason; none gets lost."""

from __future__ import annotations

import csv
import gzip
import io
import random
import re
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import Row, SparkSession
from pyspark.sql import functions as F

from assay.spark.cleaning.row_accounting import check_balance, count_landed
from assay.spark.landing.landed_rows import read_landed
from assay.spark.landing.multiline_records import ByRecord
from assay.spark.landing.row_columns import RAW, REASON
from assay.store.landing.landed_file import data_lines, read_landed_file

from .hostile_texts import KINDS, REFUSED, SCHEMA, USUAL, ZONE, hostile_cells, oracle
from .landed_csv import schema

DAY = date(2013, 1, 5)


def test_each_hostile_text_is_the_value_that_was_written_or_is_refused(spark: SparkSession, tmp_path: Path) -> None:
    cells = list(hostile_cells(random.Random(15)))
    assert len(cells) > 4_000
    usual = [cell for cell in cells if not re.search(r"[\0\r\n]", cell[2])]
    files = [
        written(tmp_path / "some.csv", usual, csv.QUOTE_MINIMAL, "\n"),
        written(tmp_path / "all.csv", usual, csv.QUOTE_ALL, "\r"),
        written(tmp_path / "odd.csv", cells, csv.QUOTE_MINIMAL, "\r\n"),
        written(tmp_path / "odd.csv.gz", cells, csv.QUOTE_ALL, "\n"),
    ]
    landed = [read_landed_file(path, path.name, SCHEMA) for path in files]
    assert [file.by_record for file in landed] == [False, False, True, True]
    rows = read(spark, files, [path for path in files if path.name.startswith("odd")])
    assert len(rows) == 2 * len(usual) + 2 * len(cells) == sum(file.lines for file in landed)
    known = {number: (kind, text) for number, kind, text in cells}
    outcomes: Counter[str] = Counter()
    for row in rows:
        number = row.n if row.n is not None else number_in(row[RAW])
        kind, text = known[number]
        wanted = REFUSED if "\0" in text else oracle(kind, text)
        assert_as_written(row, kind, text, wanted)
        outcomes["refused" if wanted is REFUSED else "null" if wanted is None else kind] += 1
    assert set(outcomes) == {"refused", "null", *KINDS}
    assert min(outcomes.values()) > 20, outcomes


def number_in(line: str) -> int:
    match = re.match(r'"?(\d+)', line)
    assert match is not None
    return int(match[1])


def assert_as_written(row: Row, kind: str, text: str, wanted: Any) -> None:
    case = (kind, text, row)
    if wanted is REFUSED:
        nul, clock = "\0" in text, kind == "timestamp" and oracle(kind, text, "UTC") is not REFUSED
        reason = "nul_byte" if nul else f"clock_change:{kind}" if clock else f"type:{kind}"
        assert row[REASON] == f"quarantine:{reason}", case
        assert text.replace("\0", r"\x00").replace('"', '""') in row[RAW] or text in row[RAW], case
        return
    assert row[REASON] is None, case
    read_value = row[kind]
    assert (read_value is None) == (wanted is None), case
    assert repr(read_value) == repr(wanted), case  # NaN is itself, -0.0 is not 0.0
    others = {other: row[other] for other in KINDS if other != kind}
    assert others == {other: oracle(other, USUAL[other]) for other in others}, case


def written(path: Path, cells: list[tuple[int, str, str]], quoting: Any, ending: str) -> Path:
    """A file with a row for each cell, of usual values besides."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=quoting, lineterminator=ending)
    writer.writerow(SCHEMA.names)
    writer.writerows([str(number), *({**USUAL, kind: cell}[one] for one in KINDS)] for number, kind, cell in cells)
    data = text.getvalue().encode()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


def read(spark: SparkSession, files: list[Path], odd: list[Path]) -> list[Row]:
    """The rows of the files, instants as microseconds since 1970."""
    by_record = ByRecord(frozenset(map(str, odd)), lambda path: data_lines(Path(path)))
    frame = read_landed(spark, {str(path): DAY for path in files}, SCHEMA, "day", zone=ZONE, by_record=by_record)
    return frame.withColumn("timestamp", F.unix_micros("timestamp")).collect()


LINES = [
    "1,x",
    '"2",y',
    '3,"a',
    'b"',
    '4,"open',
    "5,z\0",
    "a,b",
    '"a","b"',
    "",
    "  ",
    "6",
    "7,8,9",
    '"x"y,1',
    '5" pipe,2',
    "\ufeffa,b",
]


@pytest.mark.parametrize("seed", range(3))
def test_hostile_lines_are_each_a_good_row_or_a_refused_one(spark: SparkSession, tmp_path: Path, seed: int) -> None:
    drawn = random.Random(seed)
    two_texts = schema("a string", "b string")
    files, paths = [], []
    for n in range(30):
        path = tmp_path / f"{n}.csv"
        ending = drawn.choice(["\n", "\r\n", "\r"])
        path.write_bytes(ending.join(["a,b", *drawn.choices(LINES, k=drawn.randint(1, 9))]).encode())
        files.append(read_landed_file(path, path.name, two_texts))
        paths.append(path)
    odd = frozenset(str(path) for path, file in zip(paths, files, strict=True) if file.by_record)
    assert 0 < len(odd) < len(files)
    frame = read_landed(
        spark,
        {str(path): DAY for path in paths},
        two_texts,
        "day",
        zone=ZONE,
        by_record=ByRecord(odd, lambda path: data_lines(Path(path))),
    ).persist()
    counts = count_landed(frame, two_texts, "day", [DAY])[DAY]
    check_balance(sum(file.lines for file in files), counts)
    assert set(counts["quarantined"]) == {"malformed", "nul_byte", "unclosed_quote"}
    good = {(row.a, row.b) for row in frame.where(F.col(REASON).isNull()).collect()}
    frame.unpersist()
    ends = ("\n", "\r\n", "\r")
    whole_rows = {("1", "x"), ("2", "y"), ('5" pipe', "2"), *(("3", f"a{end}b") for end in ends)}
    between = {pair for pair in good if pair not in whole_rows}
    # What stands between two lone quotes is a text of several lines, whatever it looks like.
    assert all(a in ("3", "4") and any(end in b for end in ends) for a, b in between), between
