"""`lineage` of an environment: one place, one token, and no secret in the file."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from assay.errors import InputError
from assay.spec.project import open_project
from assay.spec.schema.lineage import LineageSpec

from ...expect_errors import raises_code

PARCELS = Path(__file__).parents[2] / "projects" / "parcels"


@pytest.mark.parametrize(
    ("section", "code"),
    [
        ({}, "no-address"),
        ({"file": "a", "url": "https://host"}, "no-address"),
        ({"file": "a", "token_env": "TOKEN"}, "no-address"),
        ({"url": "https://host", "token_env": "TOKEN", "token_file": "/f"}, "two-secrets"),
        ({"url": "http://host", "token_env": "TOKEN"}, "no-encryption"),
        ({"url": "https://user:password@host"}, "bad-url"),
        ({"url": "https://host", "endpoint": "https://other/api"}, "bad-url"),
        ({"url": "https://host", "endpoint": "//other/api"}, "bad-url"),
    ],
)
def test_a_section_that_could_not_send_is_refused(section: dict[str, Any], code: str) -> None:
    with pytest.raises(ValidationError) as refused:
        LineageSpec.model_validate(section)
    assert [error["ctx"]["code"] for error in refused.value.errors()] == [code]


def test_a_token_may_go_unencrypted_to_this_machine_alone() -> None:
    assert LineageSpec.model_validate({"url": "http://127.0.0.1:5000", "token_env": "TOKEN"}).token_env == "TOKEN"


def test_an_environment_has_the_file_below_its_home_or_its_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, home = tmp_path / "project", tmp_path / "home"
    shutil.copytree(PARCELS, root, ignore=shutil.ignore_patterns("__pycache__", ".assay"))
    home.mkdir()
    monkeypatch.setenv("ASSAY_HOME", str(home))
    file = root / "conf" / "environments" / "local.yaml"
    text = file.read_text()
    for written, place in (("${ASSAY_HOME}/events", home / "events"), ("events", root / "events")):
        file.write_text(f'{text}\nlineage: {{file: "{written}"}}\n')
        lineage = open_project(root).environment.lineage
        assert lineage is not None
        assert lineage.file == str(place)


def test_a_token_in_the_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tmp_path / "project"
    shutil.copytree(PARCELS, root, ignore=shutil.ignore_patterns("__pycache__", ".assay"))
    monkeypatch.setenv("ASSAY_HOME", str(tmp_path))
    file = root / "conf" / "environments" / "local.yaml"
    file.write_text(f"{file.read_text()}\nlineage: {{url: https://host, token: t0ken-canary}}\n")
    with raises_code(InputError, "secret") as refused:
        open_project(root)
    assert "t0ken-canary" not in refused.value.render()


def test_files_get_their_places() -> None:
    section = LineageSpec.model_validate({"url": "https://host", "token_file": "secrets/token"})
    placed = section.with_places(lambda value, *path: f"/there/{value} of {'.'.join(path)}")
    assert placed.token_file == "/there/secrets/token of lineage.token_file"
