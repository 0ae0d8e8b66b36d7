"""Records of JSON lines: one object in each line, and nothing lost where a line is none."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.csv_records import Refusal
from assay.core.landing.json_records import JsonShape, json_records, mostly_nested, scan_json

SHAPE = JsonShape(("a", "b c"), ("a", "b"), frozenset({"", "NA"}))


def read(*lines: str) -> list[tuple[str | None, ...] | str | None]:
    """The texts of each good record, and the refusal of each other."""
    return [one.refusal or one.fields for one in json_records(lines, SHAPE, "type:")]


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ('{"a": "x", "b c": 1.50}', ("x", "1.50")),
        ('{"b c": -0, "a": true}', ("true", "-0")),
        ('{"a": null}\r\n', (None, None)),
        ('{"a": "NA", "b c": ""}', (None, None)),
        ('{"a": NaN, "b c": -Infinity}', ("NaN", "-Infinity")),
        ('{"a": 1e400, "b c": 123456789012345678901234567890}', ("1e400", "123456789012345678901234567890")),
        ('{"a": "\\u00e9\\ud83d\\ude00\\u0000"}', ("é😀\0", None)),
        ('{"a": 1, "other": {"a": [1, 2, {"a": 3, "a": 4}]}}', ("1", None)),
        ('{"a": {"x": 1}, "b c": []}', "type:a"),
        ('{"b c": []}', "type:b"),
        ('{"a": 1, "a": 1}', Refusal.MALFORMED),
        ('{"other": 1, "other": 2}', Refusal.MALFORMED),
        ('{"a": "\\udc00"}', Refusal.MALFORMED),
        ('{"\\ud800": 1}', Refusal.MALFORMED),
        ('{"a": 01}', Refusal.MALFORMED),
        ('{"a": .5}', Refusal.MALFORMED),
        ("{'a': 1}", Refusal.MALFORMED),
        ('{"a": 1,}', Refusal.MALFORMED),
        ('{"a": "tab\t"}', Refusal.MALFORMED),
        ('{"a": 1}{"a": 2}', Refusal.MALFORMED),
        ("[1]", Refusal.MALFORMED),
        ("[" * 200_000, Refusal.MALFORMED),
        ("1" * 10_000, Refusal.MALFORMED),
        ('{"a": "\0"}', Refusal.NUL_BYTE),
    ],
)
def test_a_line_is_the_texts_of_its_columns_or_is_refused(line: str, wanted: tuple[str | None, ...] | str) -> None:
    assert read(line) == [wanted]


def test_blank_lines_are_no_records_and_a_nul_is_visible() -> None:
    lines = ["\n", " \t\r\n", '{"a": 1}\n', "\0\n", ""]
    records = list(json_records(lines, SHAPE, "type:"))
    assert [one.raw for one in records] == ['{"a": 1}', r"\x00"]
    assert scan_json(lines).records == 2


TEXTS = st.text('aN0é😀"\\\n\r\t\0\u2028 ,:{}[]/', max_size=6)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS
NESTED = SCALARS | st.lists(SCALARS, max_size=2) | st.dictionaries(TEXTS, st.lists(SCALARS, max_size=2), max_size=2)
OBJECTS = st.dictionaries(st.sampled_from(["a", "b c", "other"]), NESTED)


def meant(value: Any) -> str | None:
    """The text of a scalar, worked out from the value that was written."""
    match value:
        case None | "" | "NA":
            return None
        case bool():
            return "true" if value else "false"
        case float() | int():
            return repr(value)
    return str(value)


@given(objects=st.lists(OBJECTS, max_size=3), ascii_only=st.booleans(), blanks=st.booleans())
def test_what_a_json_writer_wrote_is_read_back(objects: list[dict[str, Any]], ascii_only: bool, blanks: bool) -> None:
    lines = [json.dumps(one, ensure_ascii=ascii_only, indent=None) + "\n" for one in objects]
    lines = [f" {line}" if blanks else line for line in lines]
    wanted: list[tuple[str | None, ...] | str] = []
    for one in objects:
        nested = next((name for name in one if name != "other" and isinstance(one[name], list | dict)), None)
        texts = (meant(one.get("a")), meant(one.get("b c"))) if nested is None else ()
        wanted.append(f"type:{nested[0]}" if nested else texts)
    assert read(*lines) == wanted
    scan = scan_json(lines)
    assert scan.records == scan.objects == len(objects)
    assert set(scan.names) == {name for one in objects for name in one}


@given(st.lists(TEXTS, max_size=5))
def test_any_text_gives_one_record_per_line_that_is_not_blank(texts: list[str]) -> None:
    lines = [text.replace("\n", "").replace("\r", "") + "\n" for text in texts]
    records = list(json_records(lines, SHAPE, "type:"))
    assert len(records) == scan_json(lines).records == sum(bool(line.strip(" \t\r\n")) for line in lines)


def test_a_column_is_nested_if_most_objects_have_it_as_an_object_or_a_list() -> None:
    lines = ['{"a": {}, "b c": 1}', '{"a": []}', '{"b c": {}}', "no object"]
    assert mostly_nested(scan_json(lines), ["a", "b c"]) == ["a"]
    assert mostly_nested(scan_json(lines), ["b c"]) == []
    assert scan_json(lines).records == 4
