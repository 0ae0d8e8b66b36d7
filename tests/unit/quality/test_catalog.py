"""The catalog of types: each is registered once, by a name that Great Expectations ships."""

from __future__ import annotations

import inspect
from importlib.util import find_spec
from pathlib import Path

import pytest

from assay.core.check import Check, CheckCost
from assay.core.expectations.catalog import EXPECTATION_TYPES, find_type
from assay.core.expectations.definition.domain import PAIRS, RECORDS, WrittenExpectation
from assay.core.expectations.definition.families import RowWise
from assay.core.expectations.judge import cost_of


def test_a_type_is_registered_once() -> None:
    before = dict(EXPECTATION_TYPES)
    with pytest.raises(ValueError, match="expect_column_values_to_be_null"):
        RowWise("expect_column_values_to_be_null", "are not null")(lambda column, _: f"{column.sql} IS NULL")
    assert dict(EXPECTATION_TYPES) == before


def test_every_type_is_one_of_great_expectations() -> None:
    spec = find_spec("great_expectations")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    folder = Path(spec.submodule_search_locations[0], "expectations", "core")
    assert set(EXPECTATION_TYPES) <= {path.stem for path in folder.glob("*.py")}


def test_a_type_has_its_own_keywords_and_those_of_its_columns() -> None:
    for judged in EXPECTATION_TYPES.values():
        if judged.domain in (PAIRS, RECORDS):
            assert set(judged.needs) >= set(judged.domain.needs), judged.name
            assert set(judged.takes) >= {"ignore_row_if", "mostly"}, judged.name
        assert not set(judged.needs) & set(judged.takes), judged.name
        assert callable(judged.function), judged.name
        assert inspect.getmodule(judged.function) is not None, judged.name


def test_a_type_that_is_not_in_the_catalog_is_left_to_great_expectations() -> None:
    name = "expect_column_values_to_be_json_parseable"
    written = WrittenExpectation("t", {}, {"t": "string"}, "(n > 1)")
    unknown = find_type(name)
    assert unknown.compile(written) == ("", "(n > 1)")
    assert cost_of(Check(name, "t")) is CheckCost.FALLBACK
    assert (unknown.selection(Check(name, "t")), unknown.measurement(Check(name, "t"))) == (None, None)
    assert list(unknown.examples_of(Check(name, "t"))) == []
