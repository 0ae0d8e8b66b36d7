"""Two pipelines of one project with a table of the same name: neither overwrites the other's days."""

from __future__ import annotations

from ..expect_errors import error_codes
from .commands import BOTH, output_of
from .conftest import Project
from .table_rows import rows_of

TABLE = ("--table", "parcels", *BOTH)


def test_a_second_pipeline_with_another_source_leaves_the_days_of_the_first_as_they_are(owned: Project) -> None:
    output_of(owned, "clean", "parcels", *TABLE, code=0)
    rows = rows_of(owned, "clean", "parcels")
    text = (owned.root / "conf" / "pipelines" / "parcels.yaml").read_text()
    alike, second = text.replace("pipeline: parcels", "pipeline: abroad"), owned.root / "conf/pipelines/abroad.yaml"
    second.write_text(alike.replace("landing/parcels,", "landing/abroad,"))
    for day in ("2024-01-01", "2024-01-02"):
        foreign_drop = owned.home / "landing" / "abroad" / day / "parcels.csv"
        foreign_drop.parent.mkdir(parents=True)
        foreign_drop.write_text("".join(owned.drop(day).read_text().splitlines(keepends=True)[:60]))

    output = output_of(owned, "clean", "abroad", *TABLE, code=2)

    assert error_codes(output) == ["other-definition"]
    assert "conf/pipelines/abroad.yaml:11:3" in output
    assert rows_of(owned, "clean", "parcels") == rows

    (owned.root / "conf" / "pipelines" / "abroad.yaml").write_text(
        text.replace("pipeline: parcels", "pipeline: abroad")
    )
    output_of(owned, "clean", "abroad", *TABLE, code=0)
    assert rows_of(owned, "clean", "parcels") == rows, "an equal definition makes equal rows"
    assert "owned by parcels, shared by abroad" in output_of(owned, "plan", "parcels", *BOTH, code=0)
