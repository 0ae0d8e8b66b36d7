"""Killed at every named point, run again, killed at the next: the end is that of an undisturbed run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest

from assay.core.interval import Interval
from assay.stages.ingest.clean import clean
from assay.stages.promotion.aliases import AliasLag, alias_lag
from assay.stages.runtime.context import Context
from assay.store.delta.log import commits
from assay.store.ledger.run_details import TrainingDetails

from .commands import done_here, outcomes_of
from .conftest import FIRST, TRAINED, Project, killed, with_days
from .table_rows import rows_of


def roles(ctx: Context) -> dict[str, int]:
    """What the aliases have to say: the champion of the newest promotion."""
    state = ctx.promotions.current()
    assert state is not None
    return {} if state.champion is None else {"champion": state.champion}


def test_clean_killed_at_every_point_ends_as_if_undisturbed(
    fresh: Project, parcels: Path, tmp_path: Path, ended: Callable[..., None]
) -> None:
    command = ["clean", "parcels", "--from", "2024-01-01", "--to", "2024-01-03", "--table", "parcels"]
    ended(fresh, *command, at="clean:before-tasks")
    ended(fresh, *command, at="clean:after-files", real=True)
    ended(fresh, *command, at="clean:after-commit")
    [outcome] = outcomes_of(fresh, *command)
    assert outcome["run_id"] is None, "the commit of the killed run is found and recorded"
    records = fresh.context().ledger.records("clean", "parcels")
    assert len(records) == 1
    undisturbed = with_days(parcels, tmp_path / "undisturbed", 2)
    done_here(undisturbed, *command)
    assert rows_of(fresh, "clean", "parcels") == rows_of(undisturbed, "clean", "parcels")
    assert len(rows_of(fresh, "clean", "parcels")) == 240


def test_a_day_that_joins_a_table_killed_at_every_point_ends_as_if_undisturbed(
    fresh: Project, ended: Callable[..., None]
) -> None:
    first, second = Interval.of(FIRST), Interval.of(FIRST + timedelta(days=1))
    clean(fresh.context(), "parcels", first)
    command = ["clean", "parcels", "--date", str(second.start), "--table", "parcels"]
    table = fresh.lake("clean", "parcels")
    for point, versions in (("clean:after-files", 1), ("clean:after-commit", 2)):
        ended(fresh, *command, at=point, real=point == "clean:after-files")
        assert len(commits(table)) == versions
    assert "delta-rs" in (table / "_delta_log" / f"{1:020}.json").read_text(), "no JVM writes so few rows"
    [outcome] = outcomes_of(fresh, *command)
    assert outcome["run_id"] is None
    assert len(fresh.context().ledger.records("clean", "parcels")) == 2
    assert Counter(row[0] for row in rows_of(fresh, "clean", "parcels")) == {"2024-01-01": 120, "2024-01-02": 120}


def test_score_killed_at_every_point_ends_as_if_undisturbed(
    own: Project, lived: Project, tmp_path: Path, ended: Callable[..., None]
) -> None:
    command = ["score", "parcels", "--from", "2024-02-01", "--to", "2024-02-08"]
    for point in ("score:before-tasks", "score:after-commit"):
        ended(own, *command, at=point)  # in the scoring of the champion's first day, which goes before the others
    for point in ("score:before-tasks", "score:after-files", "score:after-commit"):
        ended(own, *command, at=point, real=point == "score:after-files")
    [outcome] = outcomes_of(own, *command)
    assert outcome["run_id"] is None
    undisturbed = lived.copy(tmp_path / "undisturbed")
    done_here(undisturbed, *command)
    assert rows_of(own, "predictions", "parcels") == rows_of(undisturbed, "predictions", "parcels")
    runs = [sorted(record.partitions) for record in own.context().ledger.records("score")]
    assert [len(days) for days in runs] == [1, 6]


def test_train_killed_before_the_ledger_is_trained_again_with_the_same_models(own: Project) -> None:
    command = ["train", "parcels", "--date", str(TRAINED), "--force"]
    [before] = own.context().ledger.records("train")
    killed(own, *command, at="train:before-ledger")
    assert len(own.context().ledger.records("train")) == 1
    done_here(own, *command)
    after = own.context().ledger.records("train")[-1]
    recipes = [
        {name: entry.recipe for name, entry in record.details_as(TrainingDetails).contenders.items()}
        for record in (before, after)
    ]
    assert recipes[0] == recipes[1]


def test_gate_killed_around_the_promotion_promotes_once(
    trained: Project, tmp_path: Path, ended: Callable[..., None]
) -> None:
    project = trained.copy(tmp_path / "own")
    command = ["gate", "parcels", "--date", str(TRAINED)]
    ended(project, *command, at="promotion:before-promotion")
    assert project.context().promotions.current() is None, "killed before the promotion, nothing changed"
    ended(project, *command, at="promotion:before-ledger", real=True)
    state = project.context().promotions.current()
    assert state is not None
    assert project.context().ledger.records("gate") == []
    [outcome] = outcomes_of(project, *command)
    assert outcome["run_id"] is None
    after = project.context()
    assert [record.run_id for record in after.ledger.records("gate")] == [state.run_id]
    assert after.promotions.history() == [state], "it was promoted once"
    assert after.registry.aliases() == roles(after)


@pytest.mark.parametrize(
    ("point", "stage"),
    [("promotion:before-alias", "gate"), ("promotion:before-alias", "monitor"), ("aliases:before-note", "gate")],
)
def test_gate_killed_around_the_aliases_has_them_repaired_by_the_next_command(
    trained: Project, tmp_path: Path, ended: Callable[..., None], point: str, stage: str
) -> None:
    project = trained.copy(tmp_path / "own")
    command = ["gate", "parcels", "--date", str(TRAINED)]
    ended(project, *command, at=point)
    killed_ctx = project.context()
    assert killed_ctx.registry.aliases() == ({} if point == "promotion:before-alias" else roles(killed_ctx))
    assert alias_lag(killed_ctx) == AliasLag(1, 0)
    done_here(project, stage, *command[1:])
    ctx = project.context()
    assert ctx.registry.aliases() == roles(ctx)
    assert alias_lag(ctx) is None


def test_landing_and_judging_killed_before_their_records_are_recorded_once(fresh: Project) -> None:
    for stage in ("land", "validate"):
        command = [stage, "parcels", "--date", "2024-01-01", "--table", "parcels"]
        killed(fresh, *command, at=f"{stage}:before-ledger")
        assert fresh.context().ledger.records(stage) == []
        done_here(fresh, *command)
        [record] = fresh.context().ledger.records(stage)
        assert list(record.partitions) == ["2024-01-01"]
        done_here(fresh, "clean", *command[1:])


def test_a_release_killed_after_its_commit_publishes_the_day_once(fresh: Project) -> None:
    path = fresh.drop()
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join([lines[0], *[line.replace("HAM", "XXX") for line in lines[1:]]]))
    assert fresh.here("clean", "parcels", "--date", "2024-01-01", "--table", "parcels").returncode == 3
    command = ["release", "parcels", "--date", "2024-01-01", "--reason", "the depot was renamed"]
    killed(fresh, *command, at="release:after-commit")
    done = fresh.here(*command)
    assert done.returncode in (0, 2), done.stderr
    assert len(rows_of(fresh, "clean", "parcels")) == 120
    assert len(set(rows_of(fresh, "clean", "parcels"))) == 120
    record, state = fresh.context().ledger.latest("clean", "parcels")[date(2024, 1, 1)]
    assert (record.status, state.state) == ("released", "published")
    assert record.why == "the depot was renamed"


def test_monitoring_killed_before_its_record_is_recorded_once(own: Project) -> None:
    week = ["parcels", "--from", "2024-02-01", "--to", "2024-02-08"]
    done_here(own, "score", *week)
    killed(own, "monitor", *week, at="monitor:before-ledger")
    assert own.context().ledger.records("monitor") == []
    assert own.here("monitor", *week).returncode in (0, 3)
    assert len(own.context().ledger.records("monitor")) == 1
