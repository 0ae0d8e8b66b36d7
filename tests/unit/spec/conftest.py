"""A small, whole project in a temporary folder, which each test spoils in one place."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from assay.errors import InputError
from assay.spec.project import Pipeline, load_pipeline, open_project

PIPELINE = """\
# a pipeline that is right
pipeline: trips
question: Will a trip be late?
owner: trips@example.org
timezone: Europe/Berlin
partition: day
as_of: "00:00"
schedule: {daily: "0 1 * * *"}
tables:
  plan:
    from: {path: landing/plan, format: csv, schema: plan}
    key: [day, trip]
    rules:
      - {name: no_way, when: "origin = target", action: drop}
    suite: plan
  results:
    from: {path: landing/results, format: csv, schema: results}
    key: [day, trip]
    available_at: landed_at
    deduplicate_by: [landed_at DESC]
    rules:
      - {name: too_fast, when: "distance / air_time > 10", action: quarantine}
features: {function: trips.features:features, rows: plan, inputs: {results: 7 days}}
label: {from: results, name: late, when: "delay > 15"}
train: {window: 60 days}
gate:
  fold: 28 days
  margin: 0.01
  slices: [origin]
monitor: {kpis: {missed: "count_if(late AND score < 0.5)"}}
"""

PLAN = """\
columns:
  - {name: day, type: date}
  - {name: trip, type: string}
  - {name: origin, type: string}
  - {name: target, type: string}
"""

RESULTS = """\
columns:
  - {name: day, type: date}
  - {name: trip, type: string}
  - {name: distance, type: double, bin_exponent: 2}
  - {name: air_time, type: double, known: later}
  - {name: delay, type: double, known: later}
  - {name: landed_at, type: timestamp}
"""

ENVIRONMENT = """\
lake: ${ASSAY_HOME}/lake
landing: ${ASSAY_HOME}
spark: {master: "local[2]"}
mlflow: {tracking: "sqlite:///${ASSAY_HOME}/mlflow.db", artifacts: "${ASSAY_HOME}/mlartifacts"}
"""


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a project with the pipeline `trips`, outside of whatever the machine's variables say."""
    monkeypatch.delenv("ASSAY_HOME", raising=False)
    monkeypatch.delenv("ASSAY_PROJECT", raising=False)
    files = {
        "conf/pipelines/trips.yaml": PIPELINE,
        "conf/schemas/plan.yaml": PLAN,
        "conf/schemas/results.yaml": RESULTS,
        "conf/environments/local.yaml": ENVIRONMENT,
        "conf/expectations/plan.json": json.dumps({"name": "plan", "expectations": []}),
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


Change = Callable[[str, str], None]


@pytest.fixture
def change(root: Path) -> Change:
    """Replace one text, which stands exactly once, in the pipeline (or, with `in_`, in another file)."""

    def replace(old: str, new: str, in_: str = "conf/pipelines/trips.yaml") -> None:
        text = (root / in_).read_text()
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times"
        (root / in_).write_text(text.replace(old, new))

    return replace


@pytest.fixture
def load(root: Path) -> Callable[[], Pipeline]:
    return lambda: load_pipeline(open_project(root), "trips")


@pytest.fixture
def refusal(load: Callable[[], Pipeline]) -> Callable[[], str]:
    """What a person sees when the pipeline is refused."""

    def rendered() -> str:
        with pytest.raises(InputError) as refused:
            load()
        return refused.value.render()

    return rendered


Package = Callable[[dict[str, str]], Path]


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Package]:
    """Write the package `shuttle` where Python finds it; forgotten afterwards."""
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)

    def write(files: dict[str, str]) -> Path:
        for name, text in {"__init__.py": "", **files}.items():
            path = tmp_path / "shuttle" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return tmp_path / "shuttle"

    yield write
    for name in [name for name in sys.modules if name.partition(".")[0] == "shuttle"]:
        del sys.modules[name]
