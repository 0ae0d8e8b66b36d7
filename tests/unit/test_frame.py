"""What a person from outside finds first: licence, citation, workflows and issue forms agree with the project."""

from __future__ import annotations

import hashlib
import inspect
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

import assay
from assay.api import open_pipeline
from assay.spec.checks.cross_references import WRITTEN
from assay.store.filesystem.lake_marker import FORMAT
from devtools.documentation.reference.python_api import METHODS
from devtools.lint.top_level import ALLOWED

ROOT = Path(__file__).parents[2]
GITHUB = ROOT / ".github"
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PROJECT = PYPROJECT["project"]
ADDRESS = PROJECT["urls"]["Homepage"]
APACHE_2_0 = "cfc7749b96f63bd31c3c42b5c471bf756814053e847c10f3eb003417bc523d30"


def document(name: str) -> Any:
    """Return a YAML file of the checkout; the key `on` of a workflow is the key True in YAML 1.1."""
    return yaml.safe_load((ROOT / name).read_text())


def pythons() -> list[str]:
    """Return the versions of Python that the package allows, such as 3.11."""
    lowest, beyond = map(int, re.findall(r"3\.(\d+)", PROJECT["requires-python"]))
    return [f"3.{minor}" for minor in range(lowest, beyond)]


def commands(workflow: Any) -> list[str]:
    return [step["run"] for job in workflow["jobs"].values() for step in job["steps"] if "run" in step]


def test_the_licence_is_the_one_that_the_package_declares_word_for_word() -> None:
    assert PROJECT["license"] == "Apache-2.0"
    assert hashlib.sha256((ROOT / "LICENSE").read_bytes()).hexdigest() == APACHE_2_0


def test_the_version_is_the_same_in_the_package_and_in_the_lock() -> None:
    lock = tomllib.loads((ROOT / "uv.lock").read_text())
    versions = {one["version"] for one in lock["package"] if one["name"] == PROJECT["name"]}
    assert versions == {PROJECT["version"]} == {assay.__version__}


def test_the_first_section_of_the_changelog_is_that_of_the_version() -> None:
    first = next(line for line in (ROOT / "CHANGELOG.md").read_text().splitlines() if line.startswith("## "))
    assert re.fullmatch(rf"## {re.escape(PROJECT['version'])} - (unreleased|\d{{4}}-\d{{2}}-\d{{2}})", first)


def test_the_page_on_stability_names_the_format_of_the_lake() -> None:
    page = (ROOT / "docs" / "stability.md").read_text()
    [named] = re.findall(r"Today it is (\d+)\.", page)
    assert int(named) == FORMAT


def test_the_page_on_stability_names_the_columns_that_assay_writes() -> None:
    page = (ROOT / "docs" / "stability.md").read_text()
    [columns] = re.findall(r"^\| `predictions/PIPELINE` \| (.+) \|$", page, re.MULTILINE)
    assert set(re.findall(r"`(\w+)`", columns)) == WRITTEN


def test_the_page_on_stability_names_every_public_part_of_python() -> None:
    page = (ROOT / "docs" / "stability.md").read_text()
    section = page.partition("### Python\n")[2].partition("\n### ")[0]
    signature, *members = re.findall(r"`([^`]+)`", section.partition("What `champion_at`")[0])
    arguments = inspect.signature(open_pipeline).parameters.values()
    assert (
        signature == f"assay.open({', '.join(_as_shown(one) for one in arguments if one.kind is not one.VAR_KEYWORD)})"
    )
    assert members == list(METHODS)
    assert {f"assay.{name}" for name in assay.__all__} <= {
        signature.partition("(")[0],
        *re.findall(r"`(assay\.\w+)`", section),
    }


def _as_shown(parameter: inspect.Parameter) -> str:
    return f"{parameter.name}=" if parameter.kind is parameter.KEYWORD_ONLY else parameter.name


def test_the_page_on_dependencies_has_a_line_for_each_of_them() -> None:
    page = (ROOT / "docs" / "dependencies.md").read_text()
    table = " ".join(line.split(" | ")[0] for line in page.splitlines() if line.startswith("| "))
    development = page.partition("## For development only\n")[2].partition("\n## ")[0]
    groups = [*PROJECT["optional-dependencies"].values(), *PYPROJECT["dependency-groups"].values()]
    required = [*PROJECT["dependencies"], *(requirement for group in groups for requirement in group)]
    names = {requirement.partition("=")[0].rstrip("<>~!") for requirement in required}
    examples = set(PYPROJECT["tool"]["uv"]["sources"])
    listed = {name for name in names if re.search(rf"(?<![\w-]){re.escape(name)}(?![\w[-])", f"{table} {development}")}
    assert names - examples - listed == set()
    assert len(listed) > 30


def test_the_source_distribution_holds_the_top_level_of_the_checkout() -> None:
    held = PYPROJECT["tool"]["hatch"]["build"]["targets"]["sdist"]["only-include"]
    assert len(held) == len(set(held))
    assert set(held) == ALLOWED - {".git"}


@pytest.mark.parametrize(
    "name", ["SECURITY.md", "CODE_OF_CONDUCT.md", "CITATION.cff", ".github/ISSUE_TEMPLATE/config.yml"]
)
def test_every_file_names_the_same_repository(name: str) -> None:
    text = (ROOT / name).read_text()
    assert set(re.findall(r"https://github\.com/[\w-]+/[\w-]+", text)) == {ADDRESS}
    assert all(url.startswith(ADDRESS) for url in PROJECT["urls"].values())


def test_the_citation_names_the_version_and_the_licence_of_the_package() -> None:
    citation = document("CITATION.cff")
    assert (citation["version"], citation["license"]) == (PROJECT["version"], PROJECT["license"])


def test_the_workflow_of_each_change_runs_the_gates_and_nothing_else() -> None:
    assert commands(document(".github/workflows/ci.yml")) == [".ci/run"]
    assert commands(document(".github/workflows/system-test.yml")) == ["make system-test"]


def test_the_gates_run_on_every_python_that_the_package_allows() -> None:
    assert document(".github/workflows/ci.yml")["jobs"]["gates"]["strategy"]["matrix"]["python"] == pythons()
    classifier = "Programming Language :: Python :: "
    named = [text.removeprefix(classifier) for text in PROJECT["classifiers"] if text.startswith(f"{classifier}3.")]
    assert named == pythons()


@pytest.mark.parametrize("path", sorted((GITHUB / "workflows").glob("*.yml")), ids=lambda path: path.name)
def test_a_workflow_may_only_read_and_ends(path: Path) -> None:
    workflow = yaml.safe_load(path.read_text())
    assert workflow["permissions"] == {"contents": "read"}
    assert workflow["concurrency"]["group"]
    for job in workflow["jobs"].values():
        assert job["timeout-minutes"] <= (180 if path.stem == "system-test" else 90), "the lane takes 114 on 2 cores"
        for step in (step for step in job["steps"] if "uses" in step):
            assert re.fullmatch(r"actions/[a-z-]+@v\d+", step["uses"])


def test_a_bug_report_has_a_field_for_each_thing_that_finds_it() -> None:
    fields = {part["id"]: part for part in document(".github/ISSUE_TEMPLATE/bug.yml")["body"] if "id" in part}
    assert {"version", "doctor", "yaml", "exit_code", "error_code"} <= set(fields)
    codes = [option.partition(":")[0] for option in fields["exit_code"]["attributes"]["options"]]
    assert {"0", "1", "2", "3", "4", "130"} <= set(codes)


@pytest.mark.parametrize("path", sorted((GITHUB / "ISSUE_TEMPLATE").glob("[!c]*.yml")), ids=lambda path: path.name)
def test_an_issue_form_has_what_the_hosting_service_needs(path: Path) -> None:
    form = yaml.safe_load(path.read_text())
    assert {"name", "description", "body"} <= set(form)
    ids = [part["id"] for part in form["body"] if part["type"] != "markdown"]
    assert len(set(ids)) == len(ids)
    assert all(part["attributes"].get("label") for part in form["body"] if part["type"] != "markdown")
