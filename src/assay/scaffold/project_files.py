"""The files of a new project, rendered from a proposal: each path with its text."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlparse

import jinja2

from assay.core.operations.submission import JOBS
from assay.core.proposals.dates import DateForm
from assay.core.proposals.pipeline import PipelineProposal
from assay.core.text import quantity
from assay.spec.inference.proposed_table import days_text, suite_document

EXECUTABLE = frozenset({"spark-submit.sh"})
"""The files that can be run."""

_ONE_FILE_EACH = {
    "conf/environments/local.yaml": "conf/local.yaml",
    "conf/environments/cluster.yaml": "conf/cluster.yaml",
    "tests/test_pipeline.py": "tests/test_pipeline.py",
    "tests/test_features.py": "tests/test_features.py",
    "pyproject.toml": "top/pyproject.toml",
    ".gitignore": "top/gitignore",
    "spark-submit.sh": "top/spark-submit.sh",
    "dags/pipelines.py": "top/dags_pipelines.py",
    "dags/broken_pipelines.py": "top/dags_broken.py",
    ".github/workflows/ci.yml": "top/ci.yml",
    "README.md": "top/README.md",
}
"""The template of each file whose name does not depend on the pipeline's."""


@dataclass(frozen=True, slots=True)
class _SchemaLine:
    """A line of a schema file; `source` is the name in the source."""

    name: str
    type: str
    bin_exponent: int | None
    source: str


def project_files(proposal: PipelineProposal, *, ends: Collection[str] = ()) -> dict[str, str]:
    """Return the text of each file of the project, by its path in the project's folder.

    `ends` has the formats and the compressions of the files that are divided by date: `csv`, `jsonl`, `.gz`.
    """
    values: dict[str, Any] = {
        "p": proposal,
        "ends": ends,
        "typed": "parquet" in ends or "orc" in ends,
        "in_files": proposal.place is not None and not proposal.place.is_table,
        "estimator": "XGBClassifier" if proposal.label.is_event else "XGBRegressor",
        "assay_source": _checkout(),
        "commands": next_commands(proposal),
        "notes": notes_of(proposal),
        "example_date": _date_text(proposal.shape.first, proposal.shape.date_form),
        "after": proposal.windows.training + timedelta(days=1),
        "last": proposal.shape.last + timedelta(days=1),
    }
    files = {path: _render(template, values) for path, template in _ONE_FILE_EACH.items()}
    files[f"conf/pipelines/{proposal.name}.yaml"] = _render("conf/pipeline.yaml", values)
    modules = ("features", "models", "landing") if proposal.place is None else ("features", "models")
    for name in modules:
        files[f"{proposal.package}/{name}.py"] = _render(f"package/{name}.py", values)
    files[f"{proposal.package}/__init__.py"] = _render("package/init.py", values)
    for stage in JOBS:
        files[f"jobs/{stage}.py"] = _render("top/job.py", {**values, "stage": stage})
    return dict(sorted((files | _tables(proposal)).items()))


def next_commands(proposal: PipelineProposal) -> list[str]:
    """Return the five commands that follow `init`, in the folder of the project."""
    name = proposal.name
    until = proposal.windows.training + timedelta(days=1)
    return [
        f"assay check {name}",
        f"assay run {name} --from {proposal.windows.first} --to {until}",
        f"assay models {name}",
        f"assay report {name}",
        "python -m pytest",
    ]


def notes_of(proposal: PipelineProposal) -> list[str]:
    """Return sentences about what was proposed and why, for the reader to confirm."""
    shape, windows = proposal.shape, proposal.windows
    where = f"the column `{shape.date_column}`" if shape.date_column else "the paths of the files"
    place = proposal.place
    known = ", ".join(name for name in proposal.known if name not in proposal.key) or "the key alone"
    notes = [
        f"Dates come from {where}: {shape.first} to {shape.last}, {quantity(shape.days_without_rows, 'date')} "
        f"without rows, some {shape.rows_per_day:,.0f} rows a day.",
        f"Key: {', '.join(proposal.key)}. It is unique on every day of the source.",
        f"Label: `{proposal.label.name}` is `{proposal.label.sql}`, known {quantity(proposal.delay, 'day')} later.",
        f"Known when a row is scored: {known}. Known later: {', '.join(proposal.later)}. "
        f"Confirm this: {proposal.roles_reason}.",
        f"The past is that of {' and '.join(proposal.entity) or 'all rows together'}.",
        f"The first training is that of {windows.training}: a window of {quantity(windows.window, 'day')}, judged on "
        f"{windows.folds} folds of {quantity(windows.fold, 'day')}.",
    ]
    if place is not None:
        unused = [name for name in place.header if name not in {*proposal.sources.values(), place.partition_source}]
        notes += [f"The source is read where it lies, and nothing of it is copied: {place.shown}."]
        notes += [f"Left out of both tables, by their type or since a file lacks them: {', '.join(unused)}."] * bool(
            unused
        )
    if proposal.row_numbers:
        notes.append(f"Left out of both tables, since it only numbers the rows: {', '.join(proposal.row_numbers)}.")
    for table, suite in proposal.suites.items():
        checks = f"{quantity(len(suite.checks), 'check')} of {table}"
        notes.append(
            f"{checks}, fitted on {days_text(suite.test.fitted)} and tested on {days_text(suite.test.tested)}."
        )
        notes += [f"Left out of {table}: {line}." for line in suite.left_out]
    return notes


def _tables(proposal: PipelineProposal) -> dict[str, str]:
    """The schema and the suite of both tables."""
    files = {}
    parts = {
        proposal.table: (proposal.rows_columns, (), "What is known when a row is scored"),
        proposal.outcomes: (proposal.outcome_columns, proposal.later, "What is known later"),
    }
    for table, (names, later, title) in parts.items():
        values = {
            "p": proposal,
            "columns": _schema_lines(proposal, names),
            "later": later,
            "title": title,
            "is_outcomes": table == proposal.outcomes,
            "left_out": proposal.left_out(names),
        }
        files[f"conf/schemas/{table}.yaml"] = _render("conf/schema.yaml", values)
        document = suite_document(table, proposal.suites[table])
        files[f"conf/expectations/{table}.json"] = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    return files


def _schema_lines(proposal: PipelineProposal, names: Sequence[str]) -> list[_SchemaLine]:
    """The lines of a schema beside the partition, or with it at its place in a source that is read where it lies."""
    columns = [proposal.columns[name] for name in names]
    lines = [_SchemaLine(one.name, one.type, one.bin_exponent, proposal.sources[one.name]) for one in columns]
    place = proposal.place
    if place is None:
        return lines
    if place.partition_source is not None:
        lines.append(_SchemaLine(proposal.partition, "date", None, place.partition_source))
    return sorted(lines, key=lambda line: place.header.index(line.source))


def _render(template: str, values: Mapping[str, Any]) -> str:
    return _templates().get_template(f"{template}.j2").render(values).rstrip("\n") + "\n"


@cache
def _templates() -> jinja2.Environment:
    loader = jinja2.FileSystemLoader(Path(__file__).parent / "templates")
    templates = jinja2.Environment(
        loader=loader,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # the texts are YAML and Python, not HTML
    )
    templates.filters |= {"pystr": _python_text, "pylist": _python_list, "yaml": _yaml_text}
    return templates


def _python_text(value: str | None) -> str:
    return "None" if value is None else json.dumps(value, ensure_ascii=False)


def _python_list(values: list[str]) -> str:
    return json.dumps(values, ensure_ascii=False)


def _yaml_text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


def _date_text(day: date, form: DateForm) -> str:
    return day.isoformat() if form is DateForm.ISO else day.strftime(form.value)


def _checkout() -> str | None:
    """The folder of the checkout from which Assay is installed, None where it is a wheel."""
    try:
        text = distribution("assay").read_text("direct_url.json")
    except PackageNotFoundError:
        return None
    url = json.loads(text)["url"] if text else ""
    return unquote(urlparse(url).path) if url.startswith("file:") and not url.endswith(".whl") else None
