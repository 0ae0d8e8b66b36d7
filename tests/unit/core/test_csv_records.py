"""Records of a delimited text: several lines where a field holds line breaks, and nothing lost where one is wrong."""

from __future__ import annotations

import csv
import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.csv_records import MAX_CHARACTERS_AFTER_FIRST_LINE, CsvRecord, Refusal, Shape, count_records, records

TWO = Shape(("a", "b"), ",")
MALFORMED, UNCLOSED, NUL_BYTE = Refusal.MALFORMED, Refusal.UNCLOSED_QUOTE, Refusal.NUL_BYTE


def lines_of(text: str) -> list[str]:
    """The physical lines, as a file opened without translation gives them."""
    return list(io.StringIO(text, newline=""))


def read(text: str, shape: Shape = TWO, limit: int = MAX_CHARACTERS_AFTER_FIRST_LINE) -> list[CsvRecord]:
    return list(records(lines_of(text), shape, limit=limit))


def parsed(
    text: str, shape: Shape = TWO, limit: int = MAX_CHARACTERS_AFTER_FIRST_LINE
) -> list[tuple[str, ...] | tuple[Refusal | None, str]]:
    """The fields of each good record, the refusal and the raw text of each other."""
    return [one.fields if one.refusal is None else (one.refusal, one.raw) for one in read(text, shape, limit)]


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_a_line_break_inside_quotes_belongs_to_the_value_as_it_was_written(ending: str) -> None:
    text = f'1,"first{ending}second"{ending}"a{ending}{ending}b",2{ending}3,x'
    assert parsed(text) == [("1", f"first{ending}second"), (f"a{ending}{ending}b", "2"), ("3", "x")]
    assert read(text)[0].raw == f'1,"first{ending}second"'
    assert count_records(lines_of(text), TWO) == (3, True)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", "^", "]"])
@given(st.data())
def test_what_a_csv_writer_writes_is_read_back_as_it_was(delimiter: str, data: st.DataObject) -> None:
    cell = st.text(st.sampled_from(f"ab {delimiter}\"\n\r\u2028\x85\x0b\x0c\x1c\\'é"), max_size=6)
    rows = data.draw(st.lists(st.tuples(cell, cell, cell), max_size=6))
    written = io.StringIO(newline="")
    if data.draw(st.booleans()):
        ending = data.draw(st.sampled_from(["\n", "\r\n", "\r"]))
        csv.writer(written, delimiter=delimiter, quoting=csv.QUOTE_ALL, lineterminator=ending).writerows(rows)
    else:  # Python's writer quotes only those line breaks that end its own lines.
        csv.writer(written, delimiter=delimiter, quoting=csv.QUOTE_MINIMAL, lineterminator="\r\n").writerows(rows)
    shape = Shape(("x", "y", "z"), delimiter)
    assert parsed(written.getvalue(), shape) == rows
    assert count_records(lines_of(written.getvalue()), shape)[0] == len(rows)


@given(
    st.text(st.sampled_from('a1 ,"\n\r\0\ufeff\x1a'), max_size=40),
    st.integers(1, 3),
    st.sampled_from([4, MAX_CHARACTERS_AFTER_FIRST_LINE]),
)
def test_each_line_that_is_not_blank_is_in_exactly_one_record(text: str, columns: int, limit: int) -> None:
    shape = Shape(("p", "q", "r")[:columns], ",")
    pieces = read(text, shape, limit)
    everything = "".join(one.raw for one in pieces)
    assert re.sub(r"[\r\n \t]", "", everything) == re.sub(r"[\r\n \t]", "", text.replace("\0", r"\x00"))
    assert all(len(one.fields) == (columns if one.refusal is None else 0) for one in pieces)
    if limit == MAX_CHARACTERS_AFTER_FIRST_LINE:
        assert count_records(lines_of(text), shape)[0] == len(pieces)


@given(st.text(st.sampled_from('a1 ,"\n\r\0\ufeff\x1a'), max_size=40), st.integers(1, 3))
def test_a_file_that_needs_no_reading_by_record_has_one_in_each_line(text: str, columns: int) -> None:
    shape = Shape(("p", "q", "r")[:columns], ",")
    count, by_record = count_records(lines_of(text), shape)
    pieces = read(text, shape)
    alone = [one for line in lines_of(text) for one in records([line], shape)]
    if not by_record:
        assert pieces == alone
        assert not {one.refusal for one in pieces} & {UNCLOSED, NUL_BYTE}
        trimmed = [line for line in lines_of(text) if line.strip("".join(map(chr, range(33))))]
        assert len(trimmed) == count, "Spark would pass over a line that is a record"
    assert count == len(pieces)


def test_empty_fields_and_doubled_quotes_and_a_quote_inside_a_bare_field_are_values() -> None:
    assert parsed('"",\n,""\n"""",5" pipe\n"a,b","he said ""no"""\n') == [
        ("", ""),
        ("", ""),
        ('"', '5" pipe'),
        ("a,b", 'he said "no"'),
    ]
    assert count_records(lines_of('"",\n,""\n"""",5" pipe\n"a,b","he said ""no"""\n'), TWO) == (4, False)


@pytest.mark.parametrize("line", ['"a"b,1', '"a" ,1', '1,"a""b"c', '""a,1'])
def test_text_behind_a_closing_quote_is_malformed(line: str) -> None:
    assert parsed(f"{line}\n2,x\n") == [(MALFORMED, line), ("2", "x")]
    assert count_records([f"{line}\n", "2,x\n"], TWO) == (2, True)


def test_the_header_again_is_malformed_however_it_is_quoted_or_marked() -> None:
    again = ["a,b", '"a","b"', 'a,"b"', "\ufeffa,b", '\ufeff"a",b']
    pieces = parsed("".join(f"{line}\n1,2\n" for line in again[:4]))
    assert pieces == [entry for line in again[:4] for entry in ((MALFORMED, line), ("1", "2"))]


def test_a_nul_byte_is_refused_and_can_be_seen() -> None:
    assert parsed('1,a\0b\n\0\n"x\ny\0",2\n3,c\n') == [
        (NUL_BYTE, r"1,a\x00b"),
        (NUL_BYTE, r"\x00"),
        (NUL_BYTE, '"x\ny\\x00",2'),
        ("3", "c"),
    ]


def test_a_quote_that_nothing_closes_takes_its_own_line_and_no_good_one_with_it() -> None:
    assert parsed('1,x\n2,"open\n3,y\n\n4,z\n') == [("1", "x"), (UNCLOSED, '2,"open'), ("3", "y"), ("4", "z")]
    assert parsed('1,x\n2,"open\n3,y\n4,"z"\n5,"a\nb"\n')[:4] == [
        ("1", "x"),
        (UNCLOSED, '2,"open'),
        ("3", "y"),
        ("4", "z"),
    ]
    assert parsed('2,"open') == [(UNCLOSED, '2,"open')]


def test_lines_that_may_be_the_rest_of_a_text_are_refused_and_never_taken_for_rows() -> None:
    torn = '1,x\n2,"a text\nof three lines, torn\nin the middle'
    assert parsed(torn) == [
        ("1", "x"),
        (UNCLOSED, '2,"a text'),
        (UNCLOSED, "of three lines, torn"),
        (UNCLOSED, "in the middle"),
    ]
    # Of one column any line could be either.
    assert parsed('"a\nb\n', Shape(("t",), ",")) == [(UNCLOSED, '"a'), (UNCLOSED, "b")]
    # The second line has as many fields as it should, one with a quote in it.
    assert parsed('"x\ny"z,1\n2,q\n') == [(UNCLOSED, '"x'), (UNCLOSED, 'y"z,1'), ("2", "q")]


def test_after_a_stray_quote_no_piece_of_a_quoted_text_becomes_a_row() -> None:
    text = '1,"stray\n2,y\n3,"two\nlines"\n4,z\n'
    assert parsed(text) == [
        (UNCLOSED, '1,"stray'),
        (UNCLOSED, "2,y"),
        (UNCLOSED, '3,"two'),
        (MALFORMED, 'lines"'),
        ("4", "z"),
    ]
    assert ('b"', "9") not in parsed('1,"stray\n3,"two\nb",9\n')


def test_a_quote_that_is_open_for_too_long_is_a_stray_one_however_long_the_file() -> None:
    text = '0,"stray\n' + "1,x\n" * 100 + '2,"end"\n'
    assert parsed(text, limit=40) == [(UNCLOSED, '0,"stray'), *[("1", "x")] * 100, ("2", "end")]


def test_a_line_of_tabs_is_a_record_where_tabs_delimit_and_blank_elsewhere() -> None:
    assert parsed("1\t2\n\t\n \n", Shape(("a", "b"), "\t")) == [("1", "2"), ("", "")]
    assert count_records(["1\t2\n", "\t\n", " \n"], Shape(("a", "b"), "\t")) == (2, True)
    assert parsed("1,2\n\t\n") == [("1", "2")]
    assert count_records(["1,2\n", "\t\n"], TWO) == (1, False)
