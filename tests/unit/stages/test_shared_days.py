"""A shared table is cleaned once: what a sharer takes over from the owner, and what it does not."""

from __future__ import annotations

import json
import runpy
import shutil
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from deltalake import CommitProperties, write_deltalake

from assay.core.check import Status
from assay.core.interval import Interval
from assay.core.landing.refused_records import RecordPlace, RepairedRecord
from assay.core.profiles.table_profile import ColumnState, TableProfile
from assay.core.run_status import RunStatus
from assay.core.verdict import Action, Verdict
from assay.spec.project import load_pipeline, open_project
from assay.stages.features.inputs import published_days
from assay.stages.ingest import clean as cleaning
from assay.stages.ingest.clean import clean, plan_clean
from assay.stages.ingest.land import take_manifests
from assay.stages.runtime.context import Context, StageOutcome
from assay.stages.tables.owners import own_table
from assay.store.ledger.run_details import CleaningDetails, ReleaseDetails, ReplayedDay
from assay.store.ledger.run_documents import DAILY_VERDICTS, RECORD
from assay.store.ledger.run_record import PartitionState, PartitionStatus
from assay.store.ledger.table_repairs import ReplayEntry, ReplayKind, TableRepairs

PARCELS = Path(__file__).parents[2] / "projects" / "parcels"
FIRST, SECOND = date(2024, 1, 1), date(2024, 1, 2)
DAYS = Interval(FIRST, date(2024, 1, 3))
TABLE = "parcels"


@dataclass(slots=True)
class Sharing:
    """The pipelines parcels, which owns the table, and letters, which shares it; two days have landed."""

    root: Path
    home: Path
    computed: list[date]

    def context(self, name: str, **options: Any) -> Context:
        return Context(load_pipeline(open_project(self.root), name), claimed="tester", **options)

    def cleaned_by(
        self, name: str, run_id: str, *days: date, released: bool = False, held: bool = False, replayed: Any = None
    ) -> None:
        """Record what a cleaning of these days leaves: profiles, verdicts, a commit to the table, and the record."""
        ctx = self.context(name)
        own_table(ctx, TABLE, with_code=True)
        manifests = take_manifests(ctx, TABLE, DAYS)
        identities = {task.day: task.identity for task in plan_clean(ctx, TABLE, manifests)}
        state = PartitionStatus.HELD if held else PartitionStatus.PUBLISHED
        counts = {"in": 9, "out": 9, "quarantined": 0, "dropped": 0}
        details: Any = CleaningDetails(last_commit=f"clean/{TABLE}", rules={}, reasons={}, replayed=replayed or {})
        if released:
            details = ReleaseDetails(last_commit=f"clean/{TABLE}", released_from=run_id, measured_by=run_id)
        record = ctx.record(
            run_id, "clean", TABLE, DAYS, RunStatus.DONE, details=details,
            partitions={str(day): PartitionState(state, identities[day], counts) for day in days},
        )  # fmt: skip
        verdict = Verdict(Status.PASS, Action.PUBLISH, "All is well.")
        profile = TableProfile(9, {"weight": ColumnState("number", rows=9)})
        ctx.profiles.write("table", TABLE, run_id, dict.fromkeys(days, profile))
        ctx.runs.write(run_id, DAILY_VERDICTS, dict.fromkeys(days, verdict))
        ctx.runs.write(run_id, RECORD, record)
        metadata = {"run_id": run_id, "pipeline": name, "stage": "clean", "subject": TABLE}
        write_deltalake(
            str(self.home / "lake" / "clean" / TABLE), pa.table({"weight": [1.0]}), mode="append",
            commit_properties=CommitProperties({"userMetadata": json.dumps(metadata)}),
        )  # fmt: skip
        ctx.ledger.append(record)

    def clean(self, name: str = "letters", **options: Any) -> StageOutcome:
        self.computed.clear()
        return clean(self.context(name, **options), TABLE, DAYS)


@pytest.fixture
def sharing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sharing:
    root, home = tmp_path / "project", tmp_path / "home"
    shutil.copytree(PARCELS, root, ignore=shutil.ignore_patterns("__pycache__"))
    home.mkdir()
    monkeypatch.setenv("ASSAY_HOME", str(home))
    monkeypatch.syspath_prepend(str(root))
    runpy.run_path(str(root / "parcel_code" / "landing.py"))["write_drops"](home / "landing", FIRST, 2)
    text = (root / "conf" / "pipelines" / "parcels.yaml").read_text()
    (root / "conf" / "pipelines" / "letters.yaml").write_text(
        text.replace("pipeline: parcels\n", "pipeline: letters\n")
    )
    made = Sharing(root, home, [])

    def computes(_ctx: Context, table: str, due: list[Any], *_landed: Any) -> StageOutcome:
        made.computed += [task.day for task in due]
        return StageOutcome("clean", table, "computed", "computed")

    monkeypatch.setattr(cleaning, "_clean_due", computes)
    return made


def test_days_of_the_owner_are_taken_over_with_their_profiles_and_verdicts(sharing: Sharing) -> None:
    sharing.cleaned_by("parcels", "20240101T000000-clean-00000a", FIRST, SECOND)
    outcome = sharing.clean()
    assert sharing.computed == []
    assert outcome.exit_code == 0
    ctx = sharing.context("letters")
    assert published_days(ctx, TABLE, DAYS) == [FIRST, SECOND]
    assert outcome.run_id is not None
    assert ctx.profiles.read("table", TABLE, outcome.run_id)[FIRST].rows == 9
    verdicts = ctx.runs.read(outcome.run_id, DAILY_VERDICTS)
    assert sorted(verdicts) == [FIRST, SECOND]
    assert ctx.ledger.latest("clean", TABLE)[FIRST][1].counts["out"] == 9


def test_a_second_run_has_nothing_to_do(sharing: Sharing) -> None:
    sharing.cleaned_by("parcels", "20240101T000000-clean-00000a", FIRST, SECOND)
    sharing.clean()
    again = sharing.clean()
    assert (again.run_id, sharing.computed) == (None, [])
    assert len(sharing.context("letters").ledger.records("clean")) == 1


def test_only_days_that_the_owner_has_are_taken_over(sharing: Sharing) -> None:
    sharing.cleaned_by("parcels", "20240101T000000-clean-00000a", FIRST)
    sharing.clean()
    assert sharing.computed == [SECOND]
    assert published_days(sharing.context("letters"), TABLE, DAYS) == [FIRST]


def test_the_owner_itself_and_a_forced_run_clean(sharing: Sharing) -> None:
    sharing.cleaned_by("parcels", "20240101T000000-clean-00000a", FIRST, SECOND)
    sharing.clean(force=True)
    assert sharing.computed == [FIRST, SECOND]
    sharing.clean("parcels")
    assert sharing.computed == []


def test_days_that_the_owner_holds_or_released_are_cleaned_by_the_sharer(sharing: Sharing) -> None:
    sharing.cleaned_by("parcels", "20240101T000000-clean-00000a", FIRST, held=True)
    sharing.cleaned_by("parcels", "20240101T000001-clean-00000b", SECOND, released=True)
    sharing.clean()
    assert sharing.computed == [FIRST, SECOND]


def test_a_day_whose_drop_has_changed_since_is_cleaned(sharing: Sharing) -> None:
    sharing.cleaned_by("parcels", "20240101T000000-clean-00000a", FIRST, SECOND)
    drop = sharing.home / "landing" / TABLE / "2024-01-01" / "parcels.csv"
    drop.write_text("".join(drop.read_text().splitlines(keepends=True)[:-1]))
    sharing.clean()
    assert sharing.computed == [FIRST]


def test_a_day_is_taken_over_only_from_a_cleaning_with_the_same_repairs(sharing: Sharing) -> None:
    sharing.cleaned_by("parcels", "20240101T000000-clean-00000a", FIRST, SECOND)
    ctx, repair = sharing.context("letters"), RepairedRecord(RecordPlace("parcels.csv", "5e1f", 0), "x")
    entry = ReplayEntry(ReplayKind.REPLAY, "letters", FIRST, "2024-01-03T00:00:00Z", "eva", "sent again", (repair,))
    assert TableRepairs(ctx.lake, TABLE).append(0, entry)
    sharing.clean()
    assert sharing.computed == [FIRST]
    replayed = {FIRST: ReplayedDay(1, 0, 1, ())}
    sharing.cleaned_by("parcels", "20240101T000001-clean-00000b", FIRST, replayed=replayed)
    sharing.clean()
    assert sharing.computed == []
    assert ctx.ledger.records("clean")[-1].details_as(CleaningDetails).replayed == replayed


def test_a_day_that_another_pipeline_has_written_since_is_cleaned(sharing: Sharing) -> None:
    """The drop changed for the third pipeline's run, and came back: the table has the rows of the other drop."""
    sharing.cleaned_by("parcels", "20240101T000000-clean-00000a", FIRST, SECOND)
    text = (sharing.root / "conf" / "pipelines" / "letters.yaml").read_text()
    third = sharing.root / "conf" / "pipelines" / "third.yaml"
    third.write_text(text.replace("pipeline: letters\n", "pipeline: third\n"))
    sharing.cleaned_by("third", "20240101T000002-clean-00000c", SECOND)
    sharing.clean()
    assert sharing.computed == [SECOND]


def test_a_run_whose_record_was_removed_counts_as_one_of_every_day(sharing: Sharing) -> None:
    sharing.cleaned_by("parcels", "20240101T000000-clean-00000a", FIRST, SECOND)
    text = (sharing.root / "conf" / "pipelines" / "letters.yaml").read_text()
    third = sharing.root / "conf" / "pipelines" / "third.yaml"
    third.write_text(text.replace("pipeline: letters\n", "pipeline: third\n"))
    sharing.cleaned_by("third", "20240101T000002-clean-00000c", SECOND)
    shutil.rmtree(str(sharing.context("third").runs.path("20240101T000002-clean-00000c")))
    sharing.clean()
    assert sharing.computed == [FIRST, SECOND]


def test_days_whose_verdict_or_measurement_is_gone_are_cleaned(sharing: Sharing) -> None:
    run_id = "20240101T000000-clean-00000a"
    sharing.cleaned_by("parcels", run_id, FIRST, SECOND)
    [profile] = (sharing.home / "lake").glob(f"**/{SECOND}/{run_id}.json.gz")
    profile.unlink()
    sharing.clean()
    assert sharing.computed == [FIRST, SECOND]
    shutil.rmtree(str(sharing.context("parcels").runs.path(run_id)))
    sharing.clean()
    assert sharing.computed == [FIRST, SECOND]
