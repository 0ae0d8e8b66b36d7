"""Tables on screens of any width: whole sentences, no control characters, and lines that fit."""

from __future__ import annotations

from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.cli.terminal.screen import WIDTH_OF_A_PIPE, Screen, TextStyle, columns_of, screen_of
from assay.cli.terminal.table import SHORTEST_CUT, TableColumn, TableRow, table_lines

COLUMNS = (TableColumn("name", cut=True), TableColumn("rows", right=True, drop=1), TableColumn("run"))
CELL = st.text(max_size=60)
ROWS = st.lists(
    st.builds(TableRow, st.tuples(CELL, st.text("0123456789,", max_size=12), st.text("ab", max_size=20)), CELL),
    max_size=5,
)


class Terminal(StringIO):
    """A stream that is a terminal of unknown size."""

    def isatty(self) -> bool:
        return True


@given(ROWS, st.integers(40, 200))
def test_no_line_is_wider_than_the_screen(rows: list[TableRow], width: int) -> None:
    for line in table_lines(COLUMNS, rows, Screen(width, wraps=True)):
        assert columns_of(line) <= width
        assert line.isprintable()


@given(ROWS)
def test_a_pipe_gets_each_sentence_whole(rows: list[TableRow]) -> None:
    text = "\n".join(table_lines(COLUMNS, rows, Screen(60)))
    for row in rows:
        printed = "".join(character if character.isprintable() else " " for character in row.sentence)
        assert printed.rstrip() in text


def test_wide_characters_are_cut_and_wrapped_by_their_columns() -> None:
    row = TableRow(("実行" * 30, "1", "r"), details=("理由" * 60,))
    lines = list(table_lines(COLUMNS, [row], Screen(40, wraps=True)))
    assert max(map(columns_of, lines)) <= 40
    assert "".join(line.strip() for line in lines[2:]) == "理由" * 60


def test_a_narrow_screen_loses_the_less_important_column_and_then_the_end_of_a_name() -> None:
    rows = [TableRow(("a pipeline with a long name", "1,200", "20240108T030300-monitor-240107"))]
    wide = list(table_lines(COLUMNS, rows, Screen(80)))
    assert wide[0].split() == ["name", "rows", "run"]
    header, row = table_lines(COLUMNS, rows, Screen(48))
    assert header.split() == ["name", "run"]
    assert row.endswith("20240108T030300-monitor-240107")
    assert "…" in row
    assert len(row.partition("…")[0]) >= SHORTEST_CUT - 1


def test_numbers_are_aligned_to_the_right_and_empty_columns_are_left_out() -> None:
    rows = [TableRow(("a", "1,200", "")), TableRow(("b", "7", ""))]
    assert list(table_lines(COLUMNS, rows, Screen(80))) == ["name   rows", "a     1,200", "b         7"]
    assert list(table_lines(COLUMNS, [], Screen(80))) == []


def test_a_reason_cannot_colour_the_terminal() -> None:
    [_, row] = table_lines(COLUMNS, [TableRow(("a", "1", "r"), "\x1b[31mred\x07")], Screen(80))
    assert "\x1b" not in row
    assert "\x07" not in row


@pytest.mark.parametrize(
    ("stream", "variables", "screen"),
    [
        (StringIO(), {}, Screen(WIDTH_OF_A_PIPE)),
        (StringIO(), {"COLUMNS": "90"}, Screen(90, wraps=True)),
        (StringIO(), {"COLUMNS": "many"}, Screen(WIDTH_OF_A_PIPE)),
        (StringIO(), {"COLUMNS": "0"}, Screen(WIDTH_OF_A_PIPE)),
        (Terminal(), {"COLUMNS": "100"}, Screen(100, color=True, wraps=True)),
        (Terminal(), {}, Screen(80, color=True, wraps=True)),
        (Terminal(), {"NO_COLOR": "1"}, Screen(80, wraps=True)),
        (Terminal(), {"TERM": "dumb"}, Screen(80, wraps=True)),
    ],
)
def test_the_screen_follows_the_stream_and_the_variables(
    stream: StringIO, variables: dict[str, str], screen: Screen
) -> None:
    assert screen_of(stream, variables) == screen


def test_a_style_is_shown_only_where_the_screen_has_colours() -> None:
    assert Screen(80).styled("held", TextStyle.RED) == "held"
    assert Screen(80, color=True).styled("held", TextStyle.RED) == "\x1b[31mheld\x1b[0m"
