"""`assay explain` of one prediction of each kind of model, from real runs of the small project."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from assay.core.interval import Interval
from assay.core.model_versions import Evidence, ModelVersion
from assay.core.verdict import Action
from assay.stages.ingest.clean import clean
from assay.stages.ingest.land import land
from assay.stages.promotion.promote import promote
from assay.stages.runtime.context import Context
from assay.stages.scoring.score import score
from assay.stages.training.train import train
from assay.store.decisions.promotions import PromotionKind
from assay.store.ledger.run_details import TrainingDetails

from ..edited_features import EDITED
from ..expect_errors import error_codes, missing_data
from .commands import change, done_here, finished, reweighed
from .conftest import TRAINED, Project

DAYS = {
    "constant": date(2024, 2, 1),
    "linear": date(2024, 2, 2),
    "boosted": date(2024, 2, 3),
    "forest": date(2024, 2, 4),
}
PARCEL = 17
METHODS = {"constant": "constant", "linear": "linear", "boosted": "tree_shap", "forest": "shapley"}
GAPS = {"constant": 0.0, "linear": 1e-9, "boosted": 1e-5, "forest": 1e-9}


def register_all(ctx: Context, training: str) -> dict[str, ModelVersion]:
    """Register each contender of a training as a version that a person may promote."""
    state = ctx.promotions.current()
    assert state is not None
    assert state.champion is not None
    champion = state.evidence.versions[state.champion]
    details = ctx.ledger.record(training).details_as(TrainingDetails)
    made: dict[str, ModelVersion] = {}
    entries = dict(state.evidence.versions)
    for name, contender in details.contenders.items():
        made[name] = ModelVersion(ctx.registry.register(contender.run_id, description="", tags={}))
        entries[made[name]] = replace(
            champion, **asdict(contender), name=name, code=details.code, feature_section=details.feature_section,
            training=training,
        )  # fmt: skip
    ctx.ledger.append(ctx.record("known", "promote", "parcels", Interval.of(TRAINED), Action.PROMOTE))
    ctx.promotions.write(
        state.number, kind=PromotionKind.PROMOTE, champion=state.champion, why="known", run_id="known",
        evidence=Evidence(entries),
    )  # fmt: skip
    return made


@pytest.fixture(scope="module")
def served(lived: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Each kind of model has served a day of its own."""
    folder = tmp_path_factory.mktemp("served")
    shutil.copytree(lived.root, folder / "project", ignore=shutil.ignore_patterns("__pycache__"))
    editable = Project(folder / "project", lived.copy(folder / "home").home)
    editable.edit("parcel_code.models:candidates", "parcel_code.models:both")
    outcome = train(editable.context(), TRAINED)
    assert outcome.run_id is not None
    versions = register_all(editable.context(), outcome.run_id)
    for name, day in DAYS.items():
        ctx = editable.context(why=f"it is the turn of {name}")
        promote(ctx, versions[name])
        assert score(ctx, Interval.of(day)).status == "done"
    return editable


def explained(project: Project, day: date, *more: str) -> Mapping[str, Any]:
    key = ("--key", f"parcel={PARCEL}", "--date", str(day), "--json")
    return dict(json.loads(done_here(project, "explain", "parcels", *key, *more)))


def landed_line(project: Project, day: date) -> tuple[int, str]:
    """The line of the parcel in its file, counted from 1."""
    for number, line in enumerate(project.drop(str(day)).read_text().splitlines(), 1):
        if line.startswith(f"{day},{PARCEL},"):
            return number, line
    raise AssertionError("it has not landed")


def test_a_prediction_of_each_kind_of_model_is_explained_from_what_is_stored(served: Project) -> None:
    for name, day in DAYS.items():
        document = explained(served, day)
        made = document["recomputed"]
        assert made is not None, document["note"]
        assert made["is_equal"], (name, made["difference"])
        assert made["score"] == document["explained"]["score"]
        parts = made["parts"]
        assert parts["method"] == METHODS[name]
        whole = parts["start"] + sum(one["amount"] for one in parts["contributions"])
        assert abs(whole - parts["output"]) <= GAPS[name]
        features = {one["feature"]: one["value"] for one in parts["contributions"]}
        number, line = landed_line(served, day)
        _, _, depot, weight, boxes = line.split(",")
        assert (features["depot_name"], features["weight"], features["boxes"]) == (depot, float(weight), float(boxes))
        own, deliveries = document["inputs"]
        [row] = own["rows"]
        [landed] = row["landed"]["rows"]
        assert (landed["file"], landed["first"], landed["raw"]) == (f"landing/parcels/{day}/parcels.csv", number, line)
        assert row["checks"]["checks"] > 0
        assert own["version"] == document["run"]["read"]["parcels"]["version"]
        assert all(one["landed"]["rows"] for one in deliveries["rows"])
        assert {one["is_seen"] for one in deliveries["rows"]} == {True, False}, "yesterday's were not known by six"
        assert document["model"]["name"] == name
        assert document["model"]["promotions"][-1]["why"] == f"it is the turn of {name}"


def test_text_page_and_missing_keys_of_the_command(served: Project) -> None:
    day = DAYS["linear"]
    number, line = landed_line(served, day)
    what = ("explain", "parcels", "--key", f"parcel={PARCEL}", "--date", str(day))
    wanted = (f"landing/parcels/{day}/parcels.csv:{number}", line, "late_share", "it is the turn of linear")
    assert missing_data(done_here(served, *what), *wanted) == []
    page = Path(done_here(served, *what, "--html").strip())
    assert missing_data(page.read_text(), *wanted) == []
    for pairs, day_text, code in (
        (("parcel=1170",), str(day), "unknown-key"),
        (("parcel=17",), "2024-02-07", "not-scored"),
        (("parcel=x",), str(day), "bad-key"),
    ):
        refused = served.here("explain", "parcels", *(f"--key={pair}" for pair in pairs), "--date", day_text)
        assert (refused.returncode, error_codes(refused.stderr)) == (2, [code])
    for other in ((str(day),), ("deliveries",), ()):
        extra = () if other else ("--version", "1")
        assert done_here(served, "explain", "parcels", *other, *extra)


def test_refused_and_dropped_rows_are_said_with_their_line(served: Project) -> None:
    day = date(2024, 2, 6)
    change(served.drop(str(day)), reweighed("99000", "0"))
    for stage in (land, clean):
        assert stage(served.context(), "parcels", Interval.of(day)).exit_code == 0
    assert score(served.context(), Interval.of(day)).status == "done"
    for parcel, code, line in ((0, "quarantined-row", 2), (1, "dropped-row", 3)):
        refused = served.here("explain", "parcels", f"--key=parcel={parcel}", "--date", str(day))
        assert (refused.returncode, error_codes(refused.stderr)) == (2, [code])
        assert missing_data(refused.stderr, f"landing/parcels/{day}/parcels.csv:{line}") == []


def test_a_version_with_its_own_code_is_explained_by_that_code(served: Project) -> None:
    day = DAYS["boosted"]
    with (served.root / "parcel_code" / "features.py").open("a") as file:
        file.write(EDITED)
    what = ("explain", "parcels", "--key", f"parcel={PARCEL}", "--date", str(day), "--json")
    document = json.loads(finished(served, *what))
    assert document["recomputed"]["is_equal"], document["note"]
    assert document["model"]["own_code"], "the weight of today's code is another"
