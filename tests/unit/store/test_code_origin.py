"""The git commit of a project, with what differs from it and who reviewed it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from assay.core.operations.submission import ORIGIN_VARIABLE
from assay.store.ledger.code_origin import CodeOrigin, code_origin, git_origin, origin_text, read_origin

WHO = {"GIT_AUTHOR_NAME": "eva", "GIT_AUTHOR_EMAIL": "eva@example.org", "GIT_COMMITTER_NAME": "eva"}
ALONE = {"GIT_COMMITTER_EMAIL": "eva@example.org", "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with one commit, which max reviewed; the project is a folder of it."""
    for name, value in {**WHO, **ALONE, "GIT_CEILING_DIRECTORIES": str(tmp_path)}.items():
        monkeypatch.setenv(name, value)
    project = tmp_path / "repository" / "project"
    project.mkdir(parents=True)
    (project / "a.py").write_text("A = 1\n")
    git(project.parent, "init", "--quiet")
    commit(project.parent, "A\n\nReviewed-by: max <max@example.org>\nApproved-by: ida")
    return project


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(["git", "-C", str(folder), *arguments], check=True, capture_output=True, text=True)
    return done.stdout.strip()


def commit(folder: Path, message: str) -> None:
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", message)


def test_a_commit_has_its_id_and_its_reviewers(repository: Path) -> None:
    origin = code_origin(repository)
    assert origin is not None
    assert origin.commit == git(repository, "rev-parse", "HEAD")
    assert (origin.dirty, origin.reviewers) == (False, ("max <max@example.org>", "ida"))


def test_a_commit_without_trailers_has_no_reviewers(repository: Path) -> None:
    (repository / "a.py").write_text("A = 2\n")
    commit(repository, "B")
    origin = code_origin(repository)
    assert origin is not None
    assert origin.reviewers == ()


@pytest.mark.parametrize("name", ["a.py", "new.py"])
def test_a_changed_file_and_a_new_one_make_it_dirty(repository: Path, name: str) -> None:
    (repository / name).write_text("A = 3\n")
    origin = code_origin(repository)
    assert origin is not None
    assert origin.dirty


def test_a_file_beside_the_project_does_not_count(repository: Path) -> None:
    (repository.parent / "other.py").write_text("A = 3\n")
    origin = code_origin(repository)
    assert origin is not None
    assert not origin.dirty


def test_a_folder_without_a_repository_or_a_commit_has_no_origin(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert code_origin(tmp_path) is None
    empty = tmp_path / "empty"
    empty.mkdir()
    git(empty, "init", "--quiet")
    assert code_origin(empty) is None
    monkeypatch.setenv("PATH", str(tmp_path))
    assert code_origin(repository) is None


@pytest.mark.parametrize(
    "origin", [None, CodeOrigin("0a1b", dirty=True, reviewers=("größer <a@example.org>", '"x", $y'))]
)
def test_what_was_shipped_to_a_cluster_counts_and_not_the_repository_around_its_folder(
    repository: Path, monkeypatch: pytest.MonkeyPatch, origin: CodeOrigin | None
) -> None:
    text = origin_text(origin)
    assert text.isascii()
    assert not set(text) & set(" ,'\"$&")
    monkeypatch.setenv(ORIGIN_VARIABLE, text)
    assert code_origin(repository) == origin
    assert git_origin(repository) is not None


@pytest.mark.parametrize("text", ["", "x", "e30=", "bnVsbA==", "größer"])
def test_a_text_that_is_no_commit_is_none(text: str) -> None:
    assert read_origin(text) is None
