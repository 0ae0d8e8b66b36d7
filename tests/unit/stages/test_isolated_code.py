"""Work with a model's own code: another process where the user's package was edited since, and none where not."""

from __future__ import annotations

import hashlib
import json
import os
import select
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from assay.errors import AssayError, InfrastructureError, InputError
from assay.spark.scoring.score import ScoringModel
from assay.spec.project import load_pipeline, open_project
from assay.spec.user_code.functions import code_zip
from assay.stages.models.isolated_code import run_with_model_code
from assay.stages.models.model_versions import Model, feature_code
from assay.stages.runtime.context import Context

from ...expect_errors import raises_code

PARCELS = Path(__file__).parents[2] / "projects" / "parcels"

WORK = '''
import os
import signal
import threading
from pathlib import Path

from assay.errors import InputError, Location, SpecErrors


def look(ctx, arguments):
    """What code, what section and whose run this process sees."""
    from shipped import speed

    print("printed by the user's code")
    ctx.progress("half way")
    inputs = dict(ctx.pipeline.spec.features.inputs)
    return {"speed": speed.SPEED, "file": speed.__file__, "inputs": inputs, "who": ctx.claimed, "given": arguments}


def measure(ctx, arguments):
    """What the record of a run here would have."""
    use = ctx.meter.of_run("run", "score", {"rows": 7})
    return {"root": ctx.meter.root, "seconds": use.duration_seconds, "cpu": use.cpu_seconds, "memory": use.peak_memory}


def refuse(ctx, arguments):
    where = Location("conf/a.yaml", 3, 1, 2, "abc")
    raise InputError("that will not do", code="not-so", hint="do it otherwise", location=where)


def refuse_twice(ctx, arguments):
    raise SpecErrors([InputError("one", code="a"), InputError("two", code="b")])


def break_down(ctx, arguments):
    return {"quotient": 1 / 0}


def vanish(ctx, arguments):
    os.kill(os.getpid(), signal.SIGKILL)


def wait(ctx, arguments):
    Path(arguments["fifo"]).write_text(str(os.getpid()))
    threading.Event().wait()
'''

ASKING = """
import sys
sys.path.insert(0, {folder!r})
import own_work
from assay.spark.scoring.score import ScoringModel
from assay.spec.project import load_pipeline, open_project
from assay.stages.runtime.context import Context
from assay.stages.models.isolated_code import run_with_model_code
from assay.stages.models.model_versions import FeatureCode, Model
ctx = Context(load_pipeline(open_project(), "parcels"))
model = Model(ScoringModel("score", {digest!r}, "", {source!r}), FeatureCode({code!r}, {section!r}))
run_with_model_code(ctx, model, own_work.wait, {{"fifo": {fifo!r}}})
"""


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose package is called 'shipped', on Python's path with the work of these tests."""
    root = tmp_path / "project"
    shutil.copytree(PARCELS / "conf", root / "conf")
    spec = root / "conf" / "pipelines" / "parcels.yaml"
    spec.write_text(spec.read_text().replace("parcel_code.", "shipped."))
    (root / "shipped").mkdir()
    (root / "shipped" / "__init__.py").touch()
    (root / "shipped" / "features.py").write_text("from shipped import speed\n")
    (root / "shipped" / "speed.py").write_text("SPEED = 1\n")
    (root / "shipped" / "plots.py").write_text("COLOUR = 1\n")
    (root / "own_work.py").write_text(WORK)
    monkeypatch.syspath_prepend(str(root))
    monkeypatch.setenv("ASSAY_PROJECT", str(root))
    monkeypatch.delitem(sys.modules, "own_work", raising=False)
    return root


@pytest.fixture
def ctx(root: Path) -> Context:
    return Context(load_pipeline(open_project(root), "parcels"), claimed="tester")


@pytest.fixture
def model(ctx: Context, tmp_path: Path) -> Model:
    """A model that was trained with the code and the features section as they are now."""
    files = {"encoder.json": b"{}", "code.zip": code_zip("shipped.features")}
    bundle = tmp_path / "bundle"
    bundle.mkdir()
    for name, data in files.items():
        (bundle / name).write_bytes(data)
    digests = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    manifest = json.dumps({"format": 1, "features": [], "files": digests}).encode()
    (bundle / "bundle.json").write_bytes(manifest)
    scoring = ScoringModel("score", hashlib.sha256(manifest).hexdigest(), "", str(bundle))
    return Model(scoring, feature_code(ctx))


@pytest.fixture
def edited(root: Path, model: Model) -> Model:
    """The model of before: since then the package was edited."""
    (root / "shipped" / "speed.py").write_text("SPEED = 2\n")
    return model


def test_with_todays_code_and_section_the_work_is_done_in_this_process(ctx: Context, model: Model) -> None:
    assert run_with_model_code(ctx, model, lambda _, arguments: arguments | {"pid": os.getpid()}, {"a": 1}) == {
        "a": 1,
        "pid": os.getpid(),
    }


def test_after_an_edit_of_a_module_that_the_features_do_not_import_the_work_is_done_in_this_process(
    root: Path, ctx: Context, model: Model
) -> None:
    (root / "shipped" / "plots.py").write_text("COLOUR = 2\n")
    assert run_with_model_code(ctx, model, lambda _, __: {"pid": os.getpid()}, {}) == {"pid": os.getpid()}


def test_after_an_edit_the_work_sees_the_code_the_model_came_with(
    ctx: Context, edited: Model, capfd: pytest.CaptureFixture[str]
) -> None:
    import own_work  # type: ignore[import-not-found]

    progress_lines: list[str] = []
    ctx.progress = progress_lines.append
    seen = run_with_model_code(ctx, edited, own_work.look, {"days": [1]})
    assert (seen["speed"], seen["who"], seen["given"]) == (1, "tester", {"days": [1]})
    assert Path(seen["file"]).is_relative_to(ctx.pipeline.project.home / "cache" / "code")
    assert progress_lines[-1] == "half way"
    assert "printed by the user's code" in capfd.readouterr().err, "and it is no part of the answer"


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="the system has no /proc")
def test_what_a_run_over_there_takes_is_that_of_both_processes(ctx: Context, edited: Model) -> None:
    import own_work

    before = ctx.meter.of_run("train-1", "train", {})
    taken = run_with_model_code(ctx, edited, own_work.measure, {})
    assert taken["root"] == ctx.meter.root == os.getpid(), "Spark's JVM is a child of this process"
    assert taken["memory"] > before.peak_memory, "the process over there lives beside this one"
    assert taken["seconds"] >= 0


def test_a_model_of_another_features_section_is_scored_with_its_own(ctx: Context, model: Model) -> None:
    import own_work

    built_by = replace(model.built_by, section={**model.built_by.section, "inputs": {"deliveries": "3 days"}})
    seen = run_with_model_code(ctx, replace(model, built_by=built_by), own_work.look, {})
    assert seen["inputs"] == {"deliveries": 3}
    assert ctx.pipeline.spec.features.inputs == {"deliveries": 5}


@pytest.mark.parametrize(
    ("changed", "code", "named"),
    [
        ({"rows": "deliveries"}, "other-rows", ["deliveries", "features.rows", "parcels"]),
        ({"inputs": {"weather": "3 days"}}, "unknown-table", ["weather", "available_at"]),
    ],
)
def test_a_section_that_todays_tables_cannot_serve_is_refused(
    changed: dict[str, object], code: str, named: list[str], ctx: Context, model: Model
) -> None:
    import own_work

    built_by = replace(model.built_by, section={**model.built_by.section, **changed})
    with raises_code(InputError, code, *named):
        run_with_model_code(ctx, replace(model, built_by=built_by), own_work.look, {})


def test_an_error_over_there_is_raised_as_it_was(ctx: Context, edited: Model) -> None:
    import own_work

    with pytest.raises(InputError) as caught:
        run_with_model_code(ctx, edited, own_work.refuse, {})
    rendered = "error[not-so]: that will not do\n  --> conf/a.yaml:3:1\n   | abc\n   | ^^ do it otherwise"
    assert caught.value.render() == rendered
    with pytest.raises(InputError) as caught:
        run_with_model_code(ctx, edited, own_work.refuse_twice, {})
    assert caught.value.render() == "error[a]: one\n\nerror[b]: two"


def test_a_bug_over_there_leaves_its_traceback_and_exits_as_a_bug(
    ctx: Context, edited: Model, capfd: pytest.CaptureFixture[str]
) -> None:
    import own_work

    with pytest.raises(AssayError) as caught:
        run_with_model_code(ctx, edited, own_work.break_down, {})
    assert (caught.value.code, caught.value.exit_code) == ("bug", 1)
    assert "ZeroDivisionError" in capfd.readouterr().err


def test_a_process_that_was_killed_is_worth_a_retry(ctx: Context, edited: Model) -> None:
    import own_work

    with raises_code(InfrastructureError, "process-ended", 9):
        run_with_model_code(ctx, edited, own_work.vanish, {})


def test_a_spec_that_is_edited_meanwhile_is_noticed(root: Path, ctx: Context, edited: Model) -> None:
    import own_work

    spec = root / "conf" / "pipelines" / "parcels.yaml"
    spec.write_text(spec.read_text().replace("06:00", "07:00"))
    with raises_code(InfrastructureError, "spec-changed", "parcels"):
        run_with_model_code(ctx, edited, own_work.look, {})


def test_the_process_ends_when_the_one_that_asked_is_killed(ctx: Context, edited: Model, tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    script = ASKING.format(
        folder=str(ctx.pipeline.project.root),
        digest=edited.scoring.digest,
        source=edited.scoring.source,
        code=edited.built_by.digest,
        section=dict(edited.built_by.section),
        fifo=str(fifo),
    )
    with subprocess.Popen([sys.executable, "-c", script]) as asking:
        working = os.pidfd_open(int(fifo.read_text()))
        os.kill(asking.pid, signal.SIGKILL)
    ended, _, _ = select.select([working], [], [], 30)
    os.close(working)
    assert ended, "it went on without the one that it works for"
