"""`run --all` on two pipelines that share a table, with a real Spark: it is cleaned once, and both can read it."""

from __future__ import annotations

import json

from assay.core.interval import Interval
from assay.stages.features.inputs import find_inputs
from assay.stages.runtime.context import Context
from assay.store.delta.log import commits

from .commands import BOTH, change, output_of, reweighed
from .conftest import FIRST, Project
from .table_rows import rows_of

TABLES = ("--select", "land..validate")


def letters_of(project: Project) -> Context:
    """The context of the second pipeline."""
    import pytest

    from assay.spec.project import load_pipeline, open_project

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ASSAY_HOME", str(project.home))
        return Context(load_pipeline(open_project(project.root), "letters"), claimed="tester")


def test_a_shared_table_is_cleaned_once_by_its_owner_and_read_by_both(owned: Project) -> None:
    folder = owned.root / "conf" / "pipelines"
    text = (folder / "parcels.yaml").read_text()
    (folder / "letters.yaml").write_text(text.replace("pipeline: parcels\n", "pipeline: letters\n"))
    output_of(owned, "clean", "parcels", "--table", "parcels", "--date", "2024-01-01", code=0)
    table = owned.lake("clean", "parcels")
    before = len(commits(table))

    done = owned.here("run", "--all", *BOTH, *TABLES, "--json")

    assert done.returncode == 0, done.stdout + done.stderr
    ends = json.loads(done.stdout)["pipelines"]
    assert [(end["pipeline"], end["state"]) for end in ends] == [("parcels", "ran"), ("letters", "ran")]
    assert len(commits(table)) == before + 1, "the second day, by the owner alone"
    letters = letters_of(owned)
    assert set(find_inputs(letters, Interval.of(FIRST)).wrote["parcels"]) == {FIRST}
    rows = rows_of(owned, "clean", "parcels")

    change(owned.drop(), reweighed("1.5"))
    output_of(owned, "clean", "letters", "--table", "parcels", *BOTH, code=0)
    assert len(commits(table)) == before + 2, "the drop has changed, and the owner has not cleaned it yet"
    assert rows_of(owned, "clean", "parcels") != rows

    plans = owned.here("plan", "--all", *BOTH, *TABLES)
    assert plans.returncode == 0
    assert plans.stdout.index("parcels, 2024") < plans.stdout.index("letters, 2024")
