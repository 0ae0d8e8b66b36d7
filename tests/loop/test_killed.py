"""Killed at every named point, run again, killed at the next: the end is that of an undisturbed run."""

from __future__ import annotations

import signal
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from assay.core.interval import Interval
from assay.stages.clean import clean
from assay.stages.context import Context
from assay.store.deltalog import commits

from .conftest import FIRST, TRAINED, Project
from .test_loop import rows_of


def killed(project: Project, *arguments: str, at: str) -> None:
    done = project.assay(*arguments, kill_at=at)
    assert done.returncode == -signal.SIGKILL, f"it was not killed at {at}: {done.stdout}{done.stderr}"


def finished(project: Project, *arguments: str) -> str:
    done = project.assay(*arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def roles(ctx: Context) -> dict[str, int]:
    """What the aliases have to say: the roles of the newest promotion."""
    state = ctx.promotions.current()
    assert state is not None
    named = {"champion": state.champion, "challenger": state.challenger}
    return {name: version for name, version in named.items() if version is not None}


def test_clean_killed_at_every_point_ends_as_if_undisturbed(fresh: Project, parcels: Path, tmp_path: Path) -> None:
    from .conftest import with_days

    command = ["clean", "parcels", "--from", "2024-01-01", "--to", "2024-01-03", "--table", "parcels"]
    for point in ("clean:before-tasks", "clean:after-files", "clean:after-commit"):
        killed(fresh, *command, at=point)
    assert "already clean" in finished(fresh, *command), "the commit of the killed run is found and recorded"
    records = fresh.context().ledger.records("clean", "parcels")
    assert len(records) == 1
    undisturbed = with_days(parcels, tmp_path / "undisturbed", 2)
    finished(undisturbed, *command)
    assert rows_of(fresh, "clean", "parcels") == rows_of(undisturbed, "clean", "parcels")
    assert len(rows_of(fresh, "clean", "parcels")) == 240


def test_a_day_that_joins_a_table_killed_at_every_point_ends_as_if_undisturbed(fresh: Project) -> None:
    first, second = Interval.of(FIRST), Interval.of(FIRST + timedelta(days=1))
    clean(fresh.context(), "parcels", first)
    command = ["clean", "parcels", "--date", str(second.start), "--table", "parcels"]
    table = fresh.lake("clean", "parcels")
    for point, versions in (("clean:after-files", 1), ("clean:after-commit", 2)):
        killed(fresh, *command, at=point)
        assert len(commits(table)) == versions
    assert "delta-rs" in (table / "_delta_log" / f"{1:020}.json").read_text(), "no JVM writes so few rows"
    assert "already clean" in finished(fresh, *command)
    assert len(fresh.context().ledger.records("clean", "parcels")) == 2
    assert Counter(row[0] for row in rows_of(fresh, "clean", "parcels")) == {"2024-01-01": 120, "2024-01-02": 120}


def test_score_killed_at_every_point_ends_as_if_undisturbed(own: Project, lived: Project, tmp_path: Path) -> None:
    command = ["score", "parcels", "--from", "2024-02-01", "--to", "2024-02-08"]
    for point in ("score:before-tasks", "score:after-files", "score:after-commit"):
        killed(own, *command, at=point)
    assert "already scored" in finished(own, *command)
    undisturbed = lived.copy(tmp_path / "undisturbed")
    finished(undisturbed, *command)
    assert rows_of(own, "predictions", "parcels") == rows_of(undisturbed, "predictions", "parcels")
    assert len(own.context().ledger.records("score")) == 1


@pytest.mark.soak
def test_train_killed_before_the_ledger_is_trained_again_with_the_same_models(own: Project) -> None:
    command = ["train", "parcels", "--date", str(TRAINED), "--force"]
    [before] = own.context().ledger.records("train")
    killed(own, *command, at="train:before-ledger")
    assert len(own.context().ledger.records("train")) == 1
    finished(own, *command)
    after = own.context().ledger.records("train")[-1]
    digests = [{name: about["recipe"] for name, about in r.details["contenders"].items()} for r in (before, after)]
    assert digests[0] == digests[1]


def test_gate_killed_around_the_promotion_promotes_once(trained: Project, tmp_path: Path) -> None:
    project = trained.copy(tmp_path / "own")
    command = ["gate", "parcels", "--date", str(TRAINED)]
    killed(project, *command, at="promotion:before-promotion")
    assert project.context().promotions.current() is None, "killed before the promotion, nothing changed"
    killed(project, *command, at="promotion:before-ledger")
    state = project.context().promotions.current()
    assert state is not None
    assert project.context().ledger.records("gate") == []
    assert "already judged" in finished(project, *command)
    after = project.context()
    assert [record.run_id for record in after.ledger.records("gate")] == [state.run_id]
    assert after.promotions.history() == [state], "it was promoted once"
    assert after.registry.aliases() == roles(after)


def test_gate_killed_before_the_alias_has_it_repaired_by_the_next_run(trained: Project, tmp_path: Path) -> None:
    project = trained.copy(tmp_path / "own")
    command = ["gate", "parcels", "--date", str(TRAINED)]
    killed(project, *command, at="promotion:before-alias")
    assert project.context().registry.aliases() == {}
    finished(project, *command)
    ctx = project.context()
    assert ctx.registry.aliases() == roles(ctx)
