"""A held day shows rows that break its checks wherever somebody looks, and none where the spec says so."""

from __future__ import annotations

from typing import Any

from .commands import BOTH, CLEAN, change, outcomes_of, output_of
from .conftest import FIRST, Project


def examples_of(project: Project) -> list[dict[str, Any]]:
    ctx = project.context()
    run_id = ctx.ledger.latest("clean", "parcels")[FIRST][0].run_id
    [failed] = [f for f in ctx.runs.read_fields(run_id, "verdict")[str(FIRST)]["findings"] if f["status"] == "fail"]
    assert failed["check"] == "expect_column_values_to_be_in_set"
    return list(failed["details"].get("examples", []))


def test_a_held_day_shows_rows_that_break_its_checks_to_whoever_looks(owned: Project) -> None:
    change(owned.drop(), lambda lines: [lines[0], *[line.replace("HAM", "X<X") for line in lines[1:]]])
    output_of(owned, *CLEAN, *BOTH, code=3)
    examples = examples_of(owned)
    assert len(examples) == 20
    assert {example["values"]["depot"] for example in examples} == {"X<X"}
    parcels = [int(example["key"]["parcel"]) for example in examples]
    assert parcels == sorted(parcels)
    line = f"ship_date {FIRST}, parcel {parcels[0]}: depot X"
    run_id = owned.context().ledger.latest("clean", "parcels")[FIRST][0].run_id
    assert line in output_of(owned, "explain", run_id, code=0)
    output_of(owned, "report", "parcels", code=0)
    page = (owned.home / "report" / "parcels" / "index.html").read_text()
    assert line + "&lt;X" in page

    owned.edit("    suite: parcels\n", "    suite: parcels\n    examples: 0\n")
    [outcome] = outcomes_of(owned, *CLEAN, *BOTH, code=3)
    assert (outcome["run_id"], outcome["status"]) == (None, "held"), "what is shown makes no day due again"
    output_of(owned, *CLEAN, *BOTH, "--force", code=3)
    assert examples_of(owned) == []
