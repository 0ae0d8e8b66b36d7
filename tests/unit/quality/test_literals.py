"""Texts, names and numbers as SQL has them: quoted for every extreme, and no variable in them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from assay.core.expectations.sql.literals import literal, quote_name, quote_text

from ...expect_errors import raises_naming


@given(st.text())
def test_a_quoted_text_has_no_open_quote_and_no_variable(text: str) -> None:
    quoted = quote_text(text)
    body = quoted[1:-1].replace("\\\\", "")
    assert quoted[0] == quoted[-1] == "'"
    assert body.count("'") == body.count("\\'")
    assert "${" not in quoted


def test_names_and_numbers_are_quoted_for_every_extreme() -> None:
    assert quote_name("a`b.c") == "`a``b.c`"
    assert literal(2**31, "long") == "2147483648L"
    assert literal(2**70, "long") == "1180591620717411303424BD"
    assert literal(2.0**53, "long") == "9007199254740992L"
    assert literal(-(2**63), "long") == "(-9223372036854775807L - 1L)"
    assert literal(1e300, "long") == "1e+300D"
    assert literal(2**70, "double") == "1.1805916207174113e+21D"
    assert literal(-1e308, "double") == "-1e+308D"
    assert literal(float("nan"), "double") == "CAST('nan' AS DOUBLE)"
    assert literal("2013-01-05T06:00:00+02:00", "timestamp") == "TIMESTAMP'2013-01-05 04:00:00Z'"
    assert literal(True, "boolean") == "TRUE"
    for value, kind in ((True, "int"), (1, "boolean"), ("x", "boolean"), (3, "date"), ("nope", "timestamp")):
        with raises_naming(ValueError, value):
            literal(value, kind)
