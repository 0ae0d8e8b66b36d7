"""Names of datasets by OpenLineage's rules, and the columns that an expression of SQL names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.lineage.dataset_names import dataset_name
from assay.core.lineage.sql_columns import columns_in_sql

COLUMNS = ("weight", "boxes", "depot")


@pytest.mark.parametrize(
    ("address", "namespace", "name"),
    [
        ("/lake/clean/flights", "file", "/lake/clean/flights"),
        ("file:///lake/clean/flights", "file", "/lake/clean/flights"),
        ("/lake/50% off?", "file", "/lake/50% off?"),
        ("hdfs://name-node:8020/lake/clean", "hdfs://name-node:8020", "/lake/clean"),
        ("hdfs://nameservice/lake", "hdfs://nameservice", "/lake"),
        ("s3a://bucket/clean/flights", "s3://bucket", "clean/flights"),
        ("s3://bucket", "s3://bucket", "/"),
        ("gs://bucket/clean", "gs://bucket", "clean"),
        (
            "abfss://box@account.dfs.core.windows.net/clean",
            "abfss://box@account.dfs.core.windows.net",
            "clean",
        ),
    ],
)
def test_a_name_has_the_store_as_its_namespace(address: str, namespace: str, name: str) -> None:
    made = dataset_name(address)
    assert (made.namespace, made.name) == (namespace, name)


@pytest.mark.parametrize(
    "address",
    [
        "s3a://key:s3cret@bucket/clean",
        "https://host/clean?sig=s3cret",
        "abfss://box:s3cret@account.dfs.core.windows.net/clean",
    ],
)
def test_a_password_and_a_query_are_in_no_name(address: str) -> None:
    made = dataset_name(address)
    assert "s3cret" not in made.namespace + made.name


@pytest.mark.parametrize(
    ("sql", "used"),
    [
        ("weight / boxes", ("weight", "boxes")),
        ("`Weight` > 3", ("weight",)),
        ("depot = 'weight' -- boxes", ("depot",)),
        ('depot = "it is \\"weight\\""', ("depot",)),
        ("depot = 'it''s weight'", ("depot",)),
        ("/* boxes */ weight(depot)", ("depot",)),
        ("my_weight + weighty", ()),
        ("boxes + BOXES", ("boxes",)),
        ("1 + 1", ()),
    ],
)
def test_the_columns_of_an_expression_are_its_names_without_texts_and_functions(
    sql: str, used: tuple[str, ...]
) -> None:
    assert columns_in_sql(sql, COLUMNS) == used


@given(st.text())
def test_any_text_names_known_columns_alone(sql: str) -> None:
    assert set(columns_in_sql(sql, COLUMNS)) <= set(COLUMNS)
