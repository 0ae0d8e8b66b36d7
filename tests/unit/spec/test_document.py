from __future__ import annotations

import errno
import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.errors import InputError, Location
from assay.spec.yaml.document import load_document, locate_in, parse_document
from assay.spec.yaml.parser import RefusedError, read_slowly, read_tree, resolve

from ...expect_errors import missing_data, raises_code, rendered_places

ROOT = Path(__file__).parents[3]
FILES = sorted([*(ROOT / "conf").rglob("*.yaml"), *(ROOT / "tests" / "projects").rglob("*.yaml")])


def refusal(text: str) -> str:
    with pytest.raises(InputError) as refused:
        parse_document(text, "a.yaml")
    assert refused.value.code == "yaml"
    assert refused.value.exit_code == 2
    return refused.value.render()


def test_a_value_and_its_key_are_found_at_their_line_and_column() -> None:
    document = parse_document("a: 1\nb:\n  - {name: x, when: 'p > 1'}\n", "a.yaml")
    assert document.data == {"a": 1, "b": [{"name": "x", "when": "p > 1"}]}
    assert document.at("b", 0, "when") == Location("a.yaml", 3, 21, 7, "  - {name: x, when: 'p > 1'}")
    assert document.at("b", 0, "when", key=True) == Location("a.yaml", 3, 15, 4, "  - {name: x, when: 'p > 1'}")


def test_a_missing_path_is_shown_at_the_nearest_key_around_it() -> None:
    document = parse_document("a: 1\ngate:\n  margin: 2\n", "a.yaml")
    assert str(document.at("gate", "holdout")) == "a.yaml:2:1"
    assert str(document.at("train")) == "a.yaml:1:1"


def test_columns_count_characters_also_after_wide_ones_a_byte_order_mark_and_windows_line_ends(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes("\ufeffa: 'ü€😀'\r\nb: {c: d}\r\n".encode())
    document = load_document(path, root=tmp_path)
    assert document.at("a") == Location("a.yaml", 1, 4, 5, "a: 'ü€😀'")
    assert document.at("b", "c") == Location("a.yaml", 2, 8, 1, "b: {c: d}")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("on", "on"), ("yes", "yes"), ("no", "no"), ("off", "off"), ("y", "y"), ("true", True), ("false", False),
        ("2013-01-05", "2013-01-05"), ("00:00", "00:00"), ("1:30", "1:30"), ("7", 7), ("-3", -3), ("007", "007"),
        ("0x10", "0x10"), ("0o7", "0o7"), ("1_000", "1_000"), ("0.5", 0.5), ("1e3", 1000.0), ("~", None),
        ("null", None), (".nan", ".nan"), (".inf", ".inf"), ("1e999", "1e999"), ("=", "="), ("9" * 30, 1e30),
    ],
)  # fmt: skip
def test_only_true_false_null_and_decimal_numbers_are_more_than_text(text: str, value: object) -> None:
    assert parse_document(f"a: {text}\n", "a.yaml").data["a"] == value


def test_a_quoted_value_is_always_text() -> None:
    assert parse_document("a: ['true', \"7\", '']\n", "a.yaml").data == {"a": ["true", "7", ""]}


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**17), 10**17) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.text(min_size=1, max_size=6), json_values, max_size=4))
def test_json_is_read_as_json_reads_it_and_every_value_has_a_place(data: dict[str, object]) -> None:
    text = json.dumps(data)
    document = parse_document(text, "a.yaml")
    assert document.data == data
    for path, place in document.places.items():
        value: Any = data
        for step in path:
            value = value[step]
        assert json.loads(text[slice(*place.value)]) == value
        if place.key is not None:
            assert json.loads(text[slice(*place.key)]) == path[-1]


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused_with_a_place_and_nothing_else(text: str) -> None:
    try:
        parse_document(text, "a.yaml")
    except InputError as refused:
        assert refused.code == "yaml"
        assert rendered_places(refused.render())[0][0] == "yaml"


@given(st.text(alphabet="ab:-[]{},'\"&*!|> \n\t#", max_size=60))
def test_any_text_of_yaml_signs_is_read_or_refused_too(text: str) -> None:
    try:
        parse_document(text, "a.yaml")
    except InputError as refused:
        assert refused.code == "yaml"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_quick_parser_reads_a_file_as_the_slow_one_does_place_by_place(path: Path) -> None:
    text = path.read_text()
    assert read_tree(text) == read_slowly(text)


@given(st.text(alphabet="ab1: ,[]{}-#'\"\n.", max_size=60))
def test_what_both_parsers_read_means_the_same(text: str) -> None:
    try:
        slow = read_slowly(text)
    except RefusedError:
        return
    assert read_tree(text).value == slow.value


@given(st.integers(-(10**17), 10**17))
def test_a_whole_number_is_itself(number: int) -> None:
    assert resolve(str(number)) == number


def test_a_yaml_bomb_is_refused_at_its_first_anchor() -> None:
    bomb = 'a: &a ["lol","lol"]\nb: &b [*a,*a,*a]\nc: [*b,*b,*b]\n'
    assert rendered_places(refusal(bomb)) == [("yaml", "a.yaml:1:4", "&a")]
    assert missing_data(refusal(bomb), "&a") == []


def test_an_alias_is_refused_at_its_line() -> None:
    assert rendered_places(refusal("a: 1\nb: *a\n"))[0][:2] == ("yaml", "a.yaml:2:4")
    assert missing_data(refusal("a: 1\nb: *a\n"), "*a") == []


def test_a_key_that_stands_twice_is_refused() -> None:
    assert rendered_places(refusal("gate:\n  margin: 1\n  holdout: 2\n  margin: 3\n")) == [
        ("yaml", "a.yaml:4:3", "margin")
    ]
    assert missing_data(refusal("gate:\n  margin: 1\n  holdout: 2\n  margin: 3\n"), "margin") == []


@pytest.mark.parametrize(
    "text", ["a: !!python/object/apply:os.system [ls]\n", "a: !x 1\n", "a: !!str 1\n", "a: !e!x 1\n"]
)
def test_a_tag_is_refused(text: str) -> None:
    assert rendered_places(refusal(text))[0][:2] == ("yaml", "a.yaml:1:4")
    assert missing_data(refusal(text), "!...") == []


def test_nesting_deeper_than_fifty_levels_is_refused_at_the_fifty_first() -> None:
    assert parse_document("a: " + "[" * 49 + "]" * 49, "a.yaml").data
    assert missing_data(refusal("a: " + "[" * 100_000), 50, "a.yaml:1:53") == []


def test_a_file_over_one_megabyte_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "big.yaml"
    path.write_text("a: " + "x" * 1_000_000)
    with raises_code(InputError, "yaml", "big.yaml", "1,000,003", "1,000,000"):
        load_document(path, root=tmp_path)


def test_a_file_of_a_great_many_values_is_refused_before_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assay.spec.yaml.parser.MAX_YAML_NODES", 50)
    assert len(parse_document("a: [" + "1," * 48 + "]", "a.yaml").data["a"]) == 48
    many = refusal("a: [" + "1," * 1_000 + "]")
    assert (rendered_places(many)[0][0], missing_data(many, 50)) == ("yaml", [])


def test_a_tab_is_refused_where_it_stands() -> None:
    assert rendered_places(refusal("a:\n\tb: 1\n")) == [("yaml", "a.yaml:2:1", " ")]


def test_an_open_bracket_is_refused_where_the_file_ends() -> None:
    assert rendered_places(refusal("a: [1, 2\n"))[0][0] == "yaml"


def test_a_colon_inside_a_plain_text_is_refused_with_a_way_out() -> None:
    assert rendered_places(refusal("question: Late: yes or no?\n")) == [("yaml", "a.yaml:1:15", ":")]
    assert missing_data(refusal("question: Late: yes or no?\n"), ":", ": ") == []


def test_a_second_document_an_empty_file_and_a_list_are_refused() -> None:
    assert missing_data(refusal("a: 1\n---\nb: 2\n"), "a.yaml:2:1") == []
    assert rendered_places(refusal("# nothing\n")) == [("yaml", "", "")]
    assert missing_data(refusal("# nothing\n"), "a.yaml") == []
    assert rendered_places(refusal("- a\n- b\n"))[0][:2] == ("yaml", "a.yaml:1:1")


def test_a_control_character_is_refused_by_its_number() -> None:
    assert rendered_places(refusal("a: 1\nb: \x1b[31m\n"))[0][:2] == ("yaml", "a.yaml:2:4")
    assert missing_data(refusal("a: 1\nb: \x1b[31m\n"), "U+001B") == []


def test_half_a_character_is_refused_and_a_pair_of_escapes_is_one() -> None:
    assert parse_document('a: "\\ud83d\\ude00"\n', "a.yaml").data == {"a": "😀"}
    assert rendered_places(refusal('a: "\\ud83d"\n'))[0][:2] == ("yaml", "a.yaml:1:4")


def test_a_file_that_is_not_utf_8_is_refused_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes(b"a: 1\nb: \xff\n")
    with raises_code(InputError, "yaml", "a.yaml:2:1") as refused:
        load_document(tmp_path / "a.yaml", root=tmp_path)
    assert str(refused.value.location) == "a.yaml:2:1"


def test_a_missing_file_names_the_one_that_was_meant(tmp_path: Path) -> None:
    (tmp_path / "weather.yaml").write_text("a: 1")
    with pytest.raises(InputError) as refused:
        load_document(tmp_path / "wether.yaml", root=tmp_path)
    assert rendered_places(refused.value.render()) == [("missing-file", "", "")]
    assert missing_data(refused.value.render(), "wether.yaml", "weather.yaml") == []


def test_a_folder_in_place_of_a_file_is_refused(tmp_path: Path) -> None:
    with raises_code(InputError, "missing-file", tmp_path.name, os.strerror(errno.EISDIR)):
        load_document(tmp_path, root=tmp_path.parent)


def test_a_misspelt_word_is_found_inside_a_text_of_many_lines() -> None:
    document = parse_document("when: |\n  distance /\n    airtime > 10\n", "a.yaml")
    assert document.find("when", token="`airtime`") == Location("a.yaml", 3, 5, 7, "    airtime > 10")
    assert document.find("when", token="nothing") == document.at("when")


def test_a_word_inside_a_longer_one_or_inside_an_sql_string_is_passed_over() -> None:
    line = "when: \"x_time > 1 AND name = 'time' AND time > 1\""
    where = parse_document(line, "a.yaml").at("when")
    assert locate_in(where, "time").column == line.rindex("time") + 1
    assert locate_in(where, "TIME").length == 4
    assert locate_in(where, "tim") == where
