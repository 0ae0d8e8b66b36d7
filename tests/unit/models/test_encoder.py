from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.profiles.histogram import Histogram
from assay.core.profiles.table_profile import ColumnState, TableProfile
from assay.errors import InputError
from assay.models.estimators.encoder import Encoder
from assay.models.estimators.feature_columns import MAX_CATEGORIES, MIN_CATEGORY_ROWS, Category, Number

from ...expect_errors import raises_code

NUMBERS = (
    st.floats(allow_nan=True, allow_infinity=True) | st.none() | st.sampled_from([-0.0, 1e308, -1e308, 1e149, 1e39])
)


def text_state(counts: dict[str, int], nulls: int = 0, other: int = 0) -> ColumnState:
    return ColumnState("text", sum(counts.values()) + nulls + other, nulls, categories=counts, other=other)


def number(low: float, high: float, total: float, squares: float, rows: int, nulls: int = 0) -> ColumnState:
    return ColumnState("number", rows, nulls, low=low, high=high, total=total, squares=squares)


def linear_and_trees(**states: ColumnState) -> tuple[Encoder, Encoder]:
    profile = TableProfile(next(iter(states.values())).rows, states)
    return Encoder.for_linear(profile, list(states)), Encoder.for_trees(profile, list(states))


def test_the_linear_encoder_standardises_by_the_training_profile_and_sets_missing_to_its_mean() -> None:
    linear, _ = linear_and_trees(x=number(1.0, 5.0, 9.0, 35.0, 3))  # 1, 3, 5
    matrix = linear.encode(pa.table({"x": pa.array([1.0, 3.0, 5.0, None, math.nan, math.inf, -math.inf, 1e308])}))
    assert matrix.dtype == np.float32
    assert matrix[:, 0].tolist() == [-1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0]


def test_the_linear_encoder_clips_to_the_quantiles_of_its_training_and_the_trees_encoder_does_not() -> None:
    bins = {0: 5, **dict.fromkeys(range(1, 99), 10), 4_000: 5}
    state = replace(number(0.0, 4_000.5, 60_000.0, 2e7, 990), histogram=Histogram(0, bins))
    linear, trees = linear_and_trees(x=state)
    batch = pa.table({"x": pa.array([-1e9, 1.0, 50.0, 99.0, 4_000.5, 1e9])})
    low, one, _, high, *beyond = linear.encode(batch)[:, 0].tolist()
    assert low == one, "the 1 % quantile lies in the bin from 1 to 2"
    assert beyond == [high, high], "the 99 % quantile lies in the bin from 98 to 99"
    assert trees.encode(batch)[:, 0].tolist()[-2:] == [4_000.5, 1e9]
    assert Encoder.from_json(json.loads(json.dumps(linear.to_json()))) == linear


def test_a_number_that_is_nearly_always_the_same_is_clipped_to_its_extremes_alone() -> None:
    state = replace(number(0.0, 1.0, 4.0, 4.0, 1_000), histogram=Histogram(-8, {0: 996, 256: 4}))
    linear, _ = linear_and_trees(x=state)
    zero, one, two = linear.encode(pa.table({"x": pa.array([0.0, 1.0, 2.0])}))[:, 0].tolist()
    assert zero < one == two, "four rows of a thousand may be all that it tells"


def test_the_trees_encoder_leaves_numbers_as_they_are_and_missing_ones_nan() -> None:
    _, trees = linear_and_trees(x=number(1.0, 5.0, 9.0, 35.0, 3))
    matrix = trees.encode(pa.table({"x": pa.array([1.5, None, math.nan, math.inf, -1e308, -0.0])}))
    np.testing.assert_array_equal(matrix[:, 0], np.array([1.5, np.nan, np.nan, np.nan, np.nan, 0.0], np.float32))


@given(st.lists(NUMBERS, max_size=20))
def test_no_number_makes_an_infinite_matrix(values: list[float | None]) -> None:
    linear, trees = linear_and_trees(x=number(0.0, 1e-3, 1e-3, 1e-6, 2))
    batch = pa.table({"x": pa.array(values, pa.float64())})
    assert np.isfinite(linear.encode(batch)).all()
    assert not np.isinf(trees.encode(batch)).any()


def test_categories_of_training_get_a_column_each_and_all_else_is_other_or_missing() -> None:
    encoder, _ = linear_and_trees(carrier=text_state({"AA": 50, "UA": 60, "9E": MIN_CATEGORY_ROWS - 1}, nulls=2))
    assert encoder.names == ("carrier=AA", "carrier=UA", "carrier=(other)", "carrier=(missing)")
    batch = pa.table({"carrier": ["UA", "AA", "9E", "never seen", None, ""]})
    assert encoder.encode(batch).tolist() == [
        [0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 1, 0], [0, 0, 1, 0], [0, 0, 0, 1], [0, 0, 1, 0],
    ]  # fmt: skip


@given(st.lists(st.none() | st.text(max_size=3), min_size=1, max_size=30))
def test_every_row_lies_in_exactly_one_column_of_a_category(values: list[str | None]) -> None:
    encoder, _ = linear_and_trees(c=text_state({"a": 30, "b": 25, "": 22}))
    values = [value if value is None else value.encode("utf-8", "replace").decode() for value in values]
    assert (encoder.encode(pa.table({"c": pa.array(values, pa.string())})).sum(axis=1) == 1).all()


def test_only_the_most_frequent_categories_are_named_ties_by_name() -> None:
    counts = {f"c{n:03}": 100 for n in range(MAX_CATEGORIES + 5)}
    encoder, _ = linear_and_trees(c=text_state(counts, other=1_000_000))
    assert isinstance(encoder.columns[0], Category)
    assert encoder.columns[0].values == tuple(f"c{n:03}" for n in range(MAX_CATEGORIES))


@pytest.mark.parametrize("kind", ["string", "large_string", "dictionary", "chunked", "batch"])
def test_text_is_read_however_arrow_holds_it(kind: str) -> None:
    encoder, _ = linear_and_trees(c=text_state({"a": 30, "b": 25}))
    array: Any = pa.array(["b", None, "x", "a"])
    if kind == "large_string":
        array = array.cast(pa.large_string())
    if kind == "dictionary":
        array = array.dictionary_encode()
    if kind == "chunked":
        array = pa.chunked_array([array.slice(0, 1), array.slice(1)])
    batch = pa.record_batch({"c": array}) if kind == "batch" else pa.table({"c": array})
    assert encoder.encode(batch).argmax(axis=1).tolist() == [1, 3, 2, 0]


@pytest.mark.parametrize("names", [("true", "false"), ("True", "False")])
def test_booleans_are_categories_however_the_profile_writes_them(names: tuple[str, str]) -> None:
    state = ColumnState("boolean", 100, categories={names[0]: 60, names[1]: 40})
    encoder, _ = linear_and_trees(b=state)
    assert encoder.names == ("b=false", "b=true", "b=(other)", "b=(missing)")
    assert encoder.encode(pa.table({"b": [True, False, None]})).argmax(axis=1).tolist() == [1, 0, 3]


def test_the_order_of_the_columns_does_not_matter_nor_do_others(
    profile: TableProfile, features: list[str], flights: pa.Table
) -> None:
    encoder = Encoder.for_trees(profile, features)
    turned = flights.select(flights.column_names[::-1])
    np.testing.assert_array_equal(encoder.encode(flights), encoder.encode(turned))


def test_a_batch_in_pieces_is_encoded_as_the_whole(
    profile: TableProfile, features: list[str], flights: pa.Table
) -> None:
    encoder = Encoder.for_linear(profile, features)
    pieces = [encoder.encode(batch) for batch in flights.to_batches(max_chunksize=77)]
    np.testing.assert_array_equal(np.vstack(pieces), encoder.encode(flights))
    assert encoder.encode(flights.slice(0, 0)).shape == (0, len(encoder.names))


def test_the_encoder_survives_json_exactly(profile: TableProfile, features: list[str]) -> None:
    for encoder in (Encoder.for_linear(profile, features), Encoder.for_trees(profile, features)):
        assert Encoder.from_json(json.loads(json.dumps(encoder.to_json()))) == encoder


@given(
    st.floats(-1e100, 1e100), st.floats(min_value=1e-100, max_value=1e100), st.lists(st.text(), unique=True, max_size=4)
)
def test_any_encoder_survives_json_exactly(center: float, scale: float, values: list[str]) -> None:
    columns = (Number("n", center, center, scale), Number("m"), Category("c", "text", tuple(values)))
    encoder = Encoder("linear", columns, {"dead": "is always 7 in training"})
    assert Encoder.from_json(json.loads(json.dumps(encoder.to_json()))) == encoder


def test_another_format_is_refused() -> None:
    with raises_code(InputError, "encoder-format"):
        Encoder.from_json({"format": 99, "mode": "trees", "columns": [], "dropped": {}})


@pytest.mark.parametrize(
    ("state", "why"),
    [
        (number(7.0, 7.0, 21.0, 147.0, 3), "is always 7 in training"),
        (number(1e8 + 0.1, 1e8 + 0.1, 3e8 + 0.3, 3e16 + 6e7, 3), "is always 1e+08 in training"),
        (ColumnState("number", 3, nulls=1, nans=2), "has no value in training"),
        (text_state({"A": 30}), "is always 'A' in training"),
        (text_state({}, nulls=30), "is always missing in training"),
        (text_state({"A": 3, "B": 4}), "is always a rare category in training"),
    ],
)
def test_a_constant_feature_is_dropped_with_a_note(state: ColumnState, why: str) -> None:
    for encoder in linear_and_trees(dead=state, x=number(1.0, 5.0, 9.0, 35.0, 3)):
        assert encoder.dropped == {"dead": why}
        assert encoder.names == ("x",)


def test_a_number_that_is_there_or_missing_is_something_that_trees_can_learn_from() -> None:
    linear, trees = linear_and_trees(x=number(7.0, 7.0, 14.0, 98.0, 3, nulls=1), y=number(1.0, 5.0, 9.0, 35.0, 3))
    assert linear.features == ("y",)
    assert trees.features == ("x", "y")


def test_no_feature_left_is_refused_saying_why() -> None:
    with raises_code(InputError, "no-features", "x", 7):
        linear_and_trees(x=number(7.0, 7.0, 21.0, 147.0, 3))


def test_a_missing_feature_is_named_with_a_suggestion(profile: TableProfile, flights: pa.Table) -> None:
    with raises_code(InputError, "unknown-feature", "distanse", "distance"):
        Encoder.for_trees(profile, ["distanse"])
    with raises_code(InputError, "unknown-feature", "distance", "flight_date"):
        Encoder.for_trees(profile, ["distance"]).encode(flights.drop_columns("distance"))


def test_a_feature_of_another_type_is_named(profile: TableProfile, flights: pa.Table) -> None:
    encoder = Encoder.for_trees(profile, ["distance", "carrier"])
    for name in ("distance", "carrier"):
        place = flights.column_names.index(name)
        wrong = flights.set_column(
            place, name, pa.array(["2013"] * len(flights) if name == "distance" else range(1200))
        )
        with raises_code(InputError, "feature-type", name, "string" if name == "distance" else "int64"):
            encoder.encode(wrong)


def test_a_date_is_no_feature() -> None:
    with raises_code(InputError, "feature-type", "day", "date"):
        linear_and_trees(day=ColumnState("date", 3))


def test_what_was_routed_as_unseen_or_missing_is_counted() -> None:
    _, trees = linear_and_trees(c=text_state({"a": 30, "b": 25}), x=number(1.0, 5.0, 9.0, 35.0, 3))
    routed = trees.routed(pa.table({"c": ["a", "z", "y", None], "x": [math.nan, math.inf, 1e200, 2.0]}))
    assert (routed["c"].unseen, routed["c"].missing) == (2, 1)
    assert (routed["x"].unseen, routed["x"].missing) == (0, 3)


def test_scoring_loads_nothing_heavy() -> None:
    import subprocess
    import sys

    heavy = {"pandas", "sklearn", "xgboost", "mlflow"}
    code = f"import sys, assay.models.bundle.predictor; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
