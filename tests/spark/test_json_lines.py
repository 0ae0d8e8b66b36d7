"""JSON lines: each value is what was written, or is refused with a reason; no line gets lost."""

from __future__ import annotations

import bz2
import gzip
import json
import random
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyspark.sql import Row, SparkSession

from assay.core.csv_records import Refusal
from assay.spark.landing.row_columns import RAW, REASON, UNREAD

from .hostile_texts import KINDS, NUMBERS, REFUSED, SCHEMA, USUAL, hostile_cells, oracle
from .landed_csv import schema
from .landed_formats import read


def packed(path: Path, text: str) -> Path:
    data = text.encode()
    match path.suffix:
        case ".gz":
            data = gzip.compress(data)
        case ".bz2":
            data = bz2.compress(data)
        case ".zst":
            data = pa.Codec("zstd").compress(data, asbytes=True)
    path.write_bytes(data)
    return path


def json_line(number: int, kind: str, value: str) -> str:
    """An object of usual texts, with one member as it is given: JSON of any kind."""
    members = {"n": str(number)} | {one: json.dumps(USUAL[one]) for one in KINDS} | {kind: value}
    return "{" + ", ".join(f'"{name}": {text}' for name, text in members.items()) + "}\n"


def test_each_hostile_text_in_json_is_the_value_that_was_written_or_is_refused(
    spark: SparkSession, tmp_path: Path
) -> None:
    cells = list(hostile_cells(random.Random(22)))
    texts = {number: (kind, text, oracle(kind, text)) for number, kind, text in cells}
    ascii_only = [json_line(number, kind, json.dumps(text)) for number, kind, text in cells]
    unicode = [json_line(number, kind, json.dumps(text, ensure_ascii=False)) for number, kind, text in cells]
    paths = [
        packed(tmp_path / "a.jsonl", "".join(ascii_only)),
        packed(tmp_path / "b.ndjson.gz", "\n \r\n" + "".join(unicode)),
        packed(tmp_path / "c.json.bz2", "".join(ascii_only).replace("}\n", "}\r\n")),
        packed(tmp_path / "d.jsonl.zst", "".join(unicode)),
    ]
    rows = read(spark, paths, SCHEMA)
    assert len(rows) == 4 * len(cells)
    for row in rows:
        assert_as_meant(row, *texts[json.loads(row[RAW])["n"]])


def test_a_json_number_is_read_by_the_text_that_was_written(spark: SparkSession, tmp_path: Path) -> None:
    numbers = [text for text in [*NUMBERS, "-0", "12.50", "NaN", "-Infinity", "Infinity", "true"] if is_json(text)]
    cells = [(kind, text) for kind in KINDS for text in numbers]
    lines = [json_line(number, kind, text) for number, (kind, text) in enumerate(cells)]
    shape = SCHEMA.model_copy(update={"nulls": ["", "12.50"]})
    rows = read(spark, [packed(tmp_path / "a.jsonl", "".join(lines))], shape)
    assert len(rows) == len(cells) > 150
    for row in rows:
        kind, text = cells[json.loads(row[RAW])["n"]]
        assert_as_meant(row, kind, text, oracle(kind, text))


def is_json(text: str) -> bool:
    try:
        return not isinstance(json.loads(text), str)
    except ValueError:
        return False


def assert_as_meant(row: Row, kind: str, text: str, wanted: Any) -> None:
    if wanted is REFUSED:
        clock = kind == "timestamp" and oracle(kind, text, "UTC") is not REFUSED
        assert row[REASON] == f"quarantine:{'clock_change' if clock else 'type'}:{kind}", (kind, text, row)
        assert row[UNREAD] == {kind: text}, (kind, text, row)
    else:
        assert row[REASON] is None, (kind, text, row)
        assert repr(row[kind]) == repr(wanted), (kind, text, row)


LINES = {
    '{"a": "x", "b": 1}': None,
    '{"b": null, "a": "y"}': None,
    '{"a": "only"}': None,
    "[1]": Refusal.MALFORMED,
    '"text"': Refusal.MALFORMED,
    '{"a": "x", "b": 1} {"a": "z"}': Refusal.MALFORMED,
    '{"a": "x", "a": "z", "b": 1}': Refusal.MALFORMED,
    '{"a": "x", "b": 01}': Refusal.MALFORMED,
    '{"a": "\\ud800", "b": 1}': Refusal.MALFORMED,
    '{"a": "\\ud83d\\ude00", "b": 1}': None,
    "{'a': 1}": Refusal.MALFORMED,
    '{"a": "x"': Refusal.MALFORMED,
    '{"a": "tab\t"}': Refusal.MALFORMED,
    '{"a": "x\0"}': Refusal.NUL_BYTE,
    '{"a": {"deep": 1}, "b": 1}': "type:a",
    '{"a": "x", "b": [1]}': "type:b",
    "{}": None,
    "[" * 100_000: Refusal.MALFORMED,
}


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.zst"])
def test_a_line_that_is_no_object_is_refused_alone(spark: SparkSession, tmp_path: Path, name: str) -> None:
    path = packed(tmp_path / name, "\n".join(LINES))
    rows = read(spark, [path], schema("a string", "b int"))
    reasons = {row[RAW].replace(r"\x00", "\0"): row[REASON] for row in rows}
    assert reasons == {line: reason and f"quarantine:{reason}" for line, reason in LINES.items()}
