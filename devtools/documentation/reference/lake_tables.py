"""The page of the tables of the lake: the folder, the partition and the columns of each kind of table."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable, Mapping
from typing import Any

from assay.spark.cleaning.cleaned import Cleaned
from assay.spark.landing.csv_fields import SPARK_TYPES
from assay.stages.scoring import batch, publish_scores
from assay.stages.tables.catalog import name_of
from devtools.documentation.markdown import code, page, table

LEAD = (
    "Find the tables of a lake, their columns and their names in a catalog. All are Delta tables that are partitioned "
    "by the pipeline's `partition` column, a local date. Read them, and never write them."
)
OWN, PIPELINE = "TABLE", "PIPELINE"
KINDS: Mapping[str, tuple[str, str]] = {
    "clean": (OWN, "the published rows, one for each key"),
    "held": (OWN, "the good rows of a held day, until it is released or cleaned again"),
    "quarantine": (OWN, "the refused records, with the reason"),
    batch.SCORED: (PIPELINE, "the scores of the champion, one for each key of `features.rows`"),
    batch.HELD_SCORES: (PIPELINE, "the champion's scores of a held day, until it is released or scored again"),
}
"""Each kind of table: what its folder is named for, and what its rows are."""

QUARANTINE = {
    "reason": ("string", "the rule or check that refused the record, such as `type:distance` or a rule of the YAML"),
    "raw": ("string", "the record as it was in the file"),
    "file": ("string", "the file of the landing folder"),
}
PREDICTIONS = {
    "score": ("double", "the probability of the event, or the predicted number"),
    "model_version": ("int", "the version in MLflow's registry"),
    "run_id": ("string", "the run that scored; `assay explain RUN` shows it"),
    "scored_at": ("timestamp", "the instant of scoring"),
}


def lake_tables_page() -> str:
    """Return the page of the tables."""
    _compare(QUARANTINE, inspect.getattr_static(Cleaned, "refused").fget)
    _compare(PREDICTIONS, publish_scores._commit)  # noqa: SLF001 - its source has the columns
    folders = [
        [code(f"{kind}/{name}"), rows, code(f"DATABASE.{name_of(kind, name)}")] for kind, (name, rows) in KINDS.items()
    ]
    catalog = (
        "The environment's `catalog` section gives the names in a catalog. "
        "[A pipeline on a cluster](../cluster.md#names-for-tables) shows how to use them."
    )
    return page(
        "Tables of the lake", LEAD,
        "## The folders", table(["folder of the lake", "rows", "name in the catalog"], folders), catalog,
        "## `clean/TABLE` and `held/TABLE`", _cleaned(),
        "## `quarantine/TABLE`", _columns(QUARANTINE, key=False),
        "## `predictions/PIPELINE` and `predictions_held/PIPELINE`",
        _columns(PREDICTIONS, key=True),
    )  # fmt: skip


def _cleaned() -> str:
    types = [[code(word), code(kind)] for word, kind in SPARK_TYPES.items()]
    columns = (
        "1. The columns of the [schema file](schema-file.md), in its order.\n"
        "2. The partition column, where the schema file does not have it.\n"
        "3. The columns that the table's `function` adds, in its order."
    )
    return f"{columns}\n\n{table(['`type` of the schema file', 'type in Spark'], types)}"


def _columns(columns: Mapping[str, tuple[str, str]], *, key: bool) -> str:
    rows = [["the partition column", code("date"), "the local date of the rows"]]
    if key:
        rows.append(["the columns of the key", "as in `clean`", "the key of the row in `features.rows`"])
    rows += [[code(name), code(kind), meaning] for name, (kind, meaning) in columns.items()]
    return table(["column", "type", "meaning"], rows)


def _compare(columns: Mapping[str, object], writer: Callable[..., Any] | None) -> None:
    """Raise AssertionError where a function that writes a table names other columns than the page."""
    assert writer is not None, "the columns of a table have a writer"
    tree = ast.parse(textwrap.dedent(inspect.getsource(writer)))
    aliases = [
        call.args[0].value
        for call in ast.walk(tree)
        if isinstance(call, ast.Call)
        and getattr(call.func, "attr", "") == "alias"
        and isinstance(call.args[0], ast.Constant)
    ]
    assert sorted(map(str, aliases)) == sorted(columns), f"{writer.__qualname__} writes {aliases}"
