"""A training's window on executors: its sample, its size, and what makes it useless, as on the driver."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from pyspark.sql import functions as F

from assay.core.profiles.table_profile import TableProfile
from assay.errors import InputError
from assay.models.estimators.encoder import Encoder
from assay.models.training.driver_budget import frame_size
from assay.models.training.executors.window import open_window

from ...expect_errors import raises_code
from .flight_contenders import CLASSIFICATION, FEATURES, KEY, forest, here, there

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


def test_the_sample_is_the_same_each_time_and_of_every_day(frame: DataFrame) -> None:
    window = open_window(frame, key=KEY, partition="day", label="late", task=CLASSIFICATION, validation_days=4)
    one, two = (_keys(drawn.sample(900)) for drawn in (window, replace(window, rows=window.rows.repartition(5))))
    assert one == two
    assert 700 < len(one) <= 900
    assert len({day for day, _ in one}) == 16


def _keys(rows: pa.Table) -> list[tuple[Any, ...]]:
    return sorted(zip(*(rows[name].to_pylist() for name in KEY), strict=True))


def test_a_budget_that_holds_hardly_a_row_is_refused_for_what_needs_a_sample(
    frame: DataFrame, profile: TableProfile
) -> None:
    with raises_code(InputError, "small-budget", "train.driver_budget", 99):
        there(frame, profile, CLASSIFICATION, {"forest": forest(CLASSIFICATION)}, sample_rows=99)


@pytest.mark.parametrize(
    ("edit", "code"), [({"late": 1}, "one-class"), ({"day": date(2013, 1, 1)}, "short-window")], ids=str
)
def test_a_window_without_anything_to_learn_is_refused_as_on_the_driver(
    frame: DataFrame, table: pa.Table, profile: TableProfile, edit: dict[str, Any], code: str
) -> None:
    [(name, value)] = edit.items()
    edited = table.set_column(
        table.schema.get_field_index(name), name, pa.array([value] * table.num_rows, table[name].type)
    )
    spoilt = frame.withColumn(name, F.lit(value))
    with pytest.raises(InputError) as there_:
        open_window(spoilt, key=KEY, partition="day", label="late", task=CLASSIFICATION, validation_days=4)
    with pytest.raises(InputError) as here_:
        here(edited, profile, CLASSIFICATION)
    assert there_.value.code == here_.value.code == code
    assert there_.value.message == here_.value.message


def test_the_size_of_a_frame_is_known_before_it_is_encoded(table: pa.Table, profile: TableProfile) -> None:
    size = frame_size(profile, FEATURES, CLASSIFICATION)
    encoded = Encoder.for_linear(profile, FEATURES).encode(table)
    assert size.bytes == encoded.nbytes + table.num_rows
    assert size.rows_within(size.bytes - 1) == table.num_rows - 1
