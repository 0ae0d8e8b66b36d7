"""A table has one owner: an equal definition shares it, a different one is refused before anything is written."""

from __future__ import annotations

import json
import os
import runpy
import shutil
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pytest

from assay.cli.main import invoke
from assay.core.interval import Interval
from assay.errors import InputError
from assay.spec.project import load_pipeline, open_project
from assay.stages.features.inputs import find_inputs
from assay.stages.ingest.clean import clean
from assay.stages.ingest.land import land
from assay.stages.ingest.release import release
from assay.stages.ingest.validate import validate
from assay.stages.operations.check import check_pipeline
from assay.stages.operations.maintain import maintain
from assay.stages.operations.run import plan, run
from assay.stages.runtime.context import Context
from assay.stages.tables.owners import own_table, refuse_other_definitions, transfer
from assay.store.ledger.table_owners import Owners

from ...expect_errors import error_codes, missing_data, raises_code

PARCELS = Path(__file__).parents[2] / "projects" / "parcels"
DAY = Interval.of(date(2024, 1, 1))
Open = Callable[[str], Context]


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The project of parcels, into which one day of two sources has landed, with its pipeline twice: `second` too."""
    (tmp_path / "home").mkdir()
    monkeypatch.setenv("ASSAY_HOME", str(tmp_path / "home"))
    root = tmp_path / "project"
    shutil.copytree(PARCELS, root, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setenv("ASSAY_PROJECT", str(root))
    monkeypatch.syspath_prepend(str(root))
    runpy.run_path(str(root / "parcel_code" / "landing.py"))["write_drops"](tmp_path / "home" / "landing", DAY.start, 1)
    shutil.copytree(tmp_path / "home" / "landing" / "parcels", tmp_path / "home" / "landing" / "parcels_abroad")
    second(root, lambda text: text)
    return root


@pytest.fixture
def opened(root: Path) -> Open:
    """The context of one of the two, its YAML read now."""
    return lambda name: Context(load_pipeline(open_project(root), name), claimed="tester", why="a test")


def second(root: Path, change: Callable[[str], str], name: str = "second") -> None:
    """Write the pipeline `name`: the first one's text, changed."""
    folder = root / "conf" / "pipelines"
    text = (folder / "parcels.yaml").read_text().replace("pipeline: parcels\n", f"pipeline: {name}\n")
    (folder / f"{name}.yaml").write_text(change(text))


def from_abroad(text: str) -> str:
    return text.replace("path: landing/parcels,", "path: landing/parcels_abroad,")


def with_least_weight(least: int) -> Callable[[str], str]:
    return lambda text: text.replace("weight <= 0", f"weight <= {least}")


def everything_in(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_another_source_for_a_table_of_the_same_name_is_refused_and_nothing_is_written(
    root: Path, opened: Open, tmp_path: Path
) -> None:
    land(opened("parcels"), "parcels", DAY)
    second(root, from_abroad)
    before = everything_in(tmp_path / "home")
    with pytest.raises(InputError) as refused:
        land(opened("second"), "parcels", DAY)
    assert refused.value.code == "other-definition"
    assert everything_in(tmp_path / "home") == before
    rendered = refused.value.render()
    assert "conf/pipelines/second.yaml:11:3" in rendered
    assert "conf/pipelines/parcels.yaml" in rendered
    assert "from.path" in rendered
    assert "landing/parcels_abroad" in rendered


def test_whatever_reads_or_changes_the_table_is_refused_as_well(root: Path, opened: Open, tmp_path: Path) -> None:
    run(opened("parcels"), DAY, ["land"])
    second(root, from_abroad)
    before = everything_in(tmp_path / "home")
    works: dict[str, Callable[[Context], object]] = {
        "plan": lambda ctx: plan(ctx, DAY, ["land"]),
        "run": lambda ctx: run(ctx, DAY, ["land"]),
        "score": lambda ctx: run(ctx, DAY, ["score"]),
        "clean": lambda ctx: clean(ctx, "parcels", DAY),
        "validate": lambda ctx: validate(ctx, "parcels", DAY),
        "release": lambda ctx: release(ctx, "parcels", DAY.start),
        "maintain": lambda ctx: maintain(ctx),
        "inputs": lambda ctx: find_inputs(ctx, DAY),
        "check": lambda ctx: check_pipeline(ctx, static=True, day=None, progress=lambda _: None),
    }
    codes = {}
    for name, work in works.items():
        with pytest.raises(InputError) as refused:
            work(opened("second"))
        codes[name] = refused.value.code
    assert codes == dict.fromkeys(works, "other-definition")
    after = everything_in(tmp_path / "home")
    assert {path for path in after if "/locks/" not in path} == {path for path in before if "/locks/" not in path}


def test_a_run_that_comes_again_adds_nothing(opened: Open) -> None:
    first = own_table(opened("parcels"), "parcels")
    shared = own_table(opened("second"), "parcels")
    assert own_table(opened("parcels"), "parcels") == own_table(opened("second"), "parcels") == shared
    assert [entry.kind for entry in Owners(opened("second").lake, "parcels").history()] == ["claim", "share"]
    assert (first.sharers, shared.sharers) == ((), ("second",))


def test_an_equal_definition_shares_the_table_and_the_plan_names_all_of_them(
    root: Path, opened: Open, capsys: pytest.CaptureFixture[str]
) -> None:
    second(root, lambda text: text.replace("    suite: parcels\n", "    suite: parcels\n    examples: 3\n"))
    second(root, lambda text: text.replace("format: csv, schema: parcels", "schema: parcels, format: csv"), "third")
    for name in ("parcels", "third", "second"):
        land(opened(name), "parcels", DAY)
    for name in ("parcels", "second"):
        assert invoke(["plan", name, "--date", "2024-01-01", "--select", "clean", "--json"]) == 0
        steps = {step["subject"]: step for step in json.loads(capsys.readouterr().out)}
        assert missing_data(steps["parcels"]["note"], "parcels", "second, third") == []
        assert steps["deliveries"]["note"] == ""
    printed = check_pipeline(opened("third"), static=True, day=None, progress=lambda _: None)
    assert [line for line in printed if missing_data(line, "parcels", "second, third") == []]


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("weight <= 0", "weight < 0", "rules"),
        ("    suite: parcels\n", "", "suite"),
        ("key: [ship_date, parcel]\n    rules", "key: [parcel, ship_date]\n    rules", "key"),
        ("timezone: Europe/Berlin", "timezone: Europe/Paris", "timezone"),
        ("    rules:\n", "    function: parcel_code.cleaning:overtaken\n    rules:\n", "function"),
        ("    rules:\n", "    empty: allow\n    rules:\n", "empty"),
        ("schema: parcels}", "schema: coarser}", "from.schema"),
    ],
)
def test_each_key_that_decides_rows_or_verdicts_makes_another_definition(
    root: Path, opened: Open, old: str, new: str, key: str
) -> None:
    schemas = root / "conf" / "schemas"
    finer = (schemas / "parcels.yaml").read_text()
    (schemas / "coarser.yaml").write_text(finer.replace("bin_exponent: -2", "bin_exponent: 0"))
    land(opened("parcels"), "parcels", DAY)
    second(root, lambda text: text.replace(old, new, 1))
    with raises_code(InputError, "other-definition", "conf/pipelines/second.yaml:11:3", key) as refused:
        land(opened("second"), "parcels", DAY)
    assert refused.value.code == "other-definition"


def test_a_default_that_is_written_out_and_what_only_readers_need_are_no_other_definition(
    root: Path, opened: Open
) -> None:
    land(opened("parcels"), "parcels", DAY)
    second(root, lambda text: text.replace("    rules:\n", "    empty: refuse\n    missing: allow\n    rules:\n", 1))
    land(opened("second"), "parcels", DAY)
    ownership = Owners(opened("parcels").lake, "parcels").current()
    assert ownership is not None
    assert (ownership.owner, ownership.sharers) == ("parcels", ("second",))


def test_the_owner_may_change_its_definition_and_a_sharer_is_refused_until_it_says_the_same(
    root: Path, opened: Open
) -> None:
    for name in ("parcels", "second"):
        land(opened(name), "parcels", DAY)
    before = (root / "conf" / "pipelines" / "parcels.yaml").read_text()
    (root / "conf" / "pipelines" / "parcels.yaml").write_text(before.replace("weight <= 0", "weight <= 1"))
    run(opened("parcels"), DAY, ["land"])
    ownership = Owners(opened("parcels").lake, "parcels").current()
    assert ownership is not None
    assert ownership.sharers == ()
    with raises_code(InputError, "other-definition", "conf/pipelines/second.yaml:11:3", "rules"):
        land(opened("second"), "parcels", DAY)
    second(root, lambda text: text)
    land(opened("second"), "parcels", DAY)
    assert refuse_other_definitions(opened("second"), ["parcels"])["parcels"].sharers == ("second",)


def test_both_files_may_be_changed_alike_whichever_runs_first(root: Path, opened: Open) -> None:
    for name in ("parcels", "second"):
        land(opened(name), "parcels", DAY)
    for path in (root / "conf" / "pipelines").glob("*.yaml"):
        path.write_text(path.read_text().replace("weight <= 0", "weight <= 1"))
    land(opened("second"), "parcels", DAY)
    land(opened("parcels"), "parcels", DAY)
    kinds = [entry.kind for entry in Owners(opened("parcels").lake, "parcels").history()]
    assert kinds == ["claim", "share", "redefine", "share"]


def test_of_many_that_claim_a_table_at_once_one_owns_it_and_the_others_are_refused(root: Path, opened: Open) -> None:
    names = [f"rival_{number}" for number in range(8)]
    for number, name in enumerate(names):
        second(root, with_least_weight(number), name)
    contexts = [opened(name) for name in names]

    def claim(ctx: Context) -> str:
        try:
            own_table(ctx, "parcels")
        except InputError as error:
            return error.code
        return "owner"

    with ThreadPoolExecutor(len(names)) as pool:
        ended = list(pool.map(claim, contexts))
    assert sorted(ended) == ["other-definition"] * (len(names) - 1) + ["owner"]
    [entry] = Owners(contexts[0].lake, "parcels").history()
    assert entry.pipeline == names[ended.index("owner")]


def test_of_many_equal_pipelines_one_owns_the_table_and_all_others_share_it(root: Path, opened: Open) -> None:
    names = [f"equal_{number}" for number in range(8)]
    for name in names:
        second(root, lambda text: text, name)
    with ThreadPoolExecutor(len(names)) as pool:
        ownerships = list(pool.map(lambda name: own_table(opened(name), "parcels"), names))
    [owner] = {ownership.owner for ownership in ownerships}
    history = Owners(opened(owner).lake, "parcels").history()
    assert sorted(entry.pipeline for entry in history) == sorted(names)


def test_a_table_is_handed_over_with_a_reason_and_the_ledger_says_so(
    root: Path, opened: Open, capsys: pytest.CaptureFixture[str]
) -> None:
    land(opened("parcels"), "parcels", DAY)
    second(root, from_abroad)
    assert invoke(["own", "parcels", "--pipeline", "second"]) == 2
    assert error_codes(capsys.readouterr().err) == ["no-reason"]
    assert invoke(["own", "parcles", "--pipeline", "second", "--reason", "x"]) == 2
    assert error_codes(capsys.readouterr().err) == ["unknown-table"]
    assert invoke(["own", "parcels", "--pipeline", "second", "--reason", "the old source ends", "--json"]) == 0
    [outcome] = json.loads(capsys.readouterr().out)["outcomes"]
    [record] = opened("second").ledger.records("own", "parcels")
    assert (record.run_id, record.why) == (outcome["run_id"], "the old source ends")
    land(opened("second"), "parcels", DAY)
    with raises_code(InputError, "other-definition", "second", "conf/pipelines/second.yaml", "from.path"):
        land(opened("parcels"), "parcels", DAY)
    assert transfer(opened("second"), "parcels").status == "skipped"


def test_a_handover_that_was_killed_before_the_ledger_is_recorded_by_the_next(opened: Open) -> None:
    land(opened("parcels"), "parcels", DAY)
    command = ["own", "parcels", "--pipeline", "second", "--reason", "as agreed"]
    environment = os.environ | {"ASSAY_KILL_AT": "own:before-ledger"}
    killed = subprocess.run([sys.executable, "-m", "assay.cli.main", *command], env=environment, check=False)
    assert killed.returncode == -9
    assert opened("second").ledger.records("own") == []
    land(opened("parcels"), "parcels", DAY)
    assert invoke(command) == 0
    assert invoke(command) == 0
    [record] = opened("second").ledger.records("own")
    [handed] = [entry for entry in Owners(opened("second").lake, "parcels").history() if entry.run_id]
    assert (record.run_id, record.why) == (handed.run_id, "as agreed")


def test_a_package_of_another_project_under_the_same_name_has_to_hold_the_same_code(root: Path, opened: Open) -> None:
    code = root / "depot_code.py"
    code.write_text("def cleaned(parcels): return parcels\n")
    for name in ("parcels", "second"):
        path = root / "conf" / "pipelines" / f"{name}.yaml"
        path.write_text(path.read_text().replace("    rules:\n", "    function: depot_code:cleaned\n    rules:\n", 1))
    assert own_table(opened("parcels"), "parcels", with_code=True).definition.code
    code.write_text("def cleaned(parcels): return parcels.where('boxes > 1')\n")
    assert own_table(opened("second"), "parcels", with_code=True).owner == "parcels", "one project runs one code"
    (root / "conf" / "pipelines" / "parcels.yaml").unlink()
    with raises_code(InputError, "other-definition", "conf/pipelines/second.yaml:11:3", "function"):
        own_table(opened("second"), "parcels", with_code=True)
    assert own_table(opened("second"), "parcels").sharers == ("second",), "where no code runs it does not count"
