"""The page of the files on disk: the folders of a project, of its home and of a lake, as a picture and as tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from devtools.documentation.markdown import block, code, page, table
from devtools.documentation.reference.lake_documents import KINDS, OTHERS
from devtools.documentation.reference.lake_tables import KINDS as TABLES

LEAD = (
    "Find a file of a project, of its home or of its lake. The home is `.assay` in the project, or the folder of "
    "`ASSAY_HOME`. The environment file places the lake and the landing folder: the picture shows `local.yaml`."
)
PROJECT = (
    ("conf/pipelines/NAME.yaml", "a pipeline: [its keys](pipeline.md)"),
    ("conf/schemas/NAME.yaml", "the columns of a source: [its keys](schema-file.md)"),
    ("conf/expectations/NAME.json", "the suite of a table: [the types](../expectations.md)"),
    ("conf/score_cards/NAME.yaml", "the notes of the team on a pipeline: [the score card](../score-card.md)"),
    ("conf/environments/NAME.yaml", "the places of an environment: [its keys](environment.md)"),
    ("jobs/STAGE.py", "the script of a stage for `spark-submit`; a project may go without"),
)
HOME = (
    ("landing/TABLE/DATE/", "the files that upstream dropped: [their form](../landing.md)"),
    ("lake/", "the tables and the records, shown in the picture"),
    ("mlflow.db, mlartifacts/", "MLflow's database and artifacts"),
    ("report/PIPELINE.html", "the page that `assay report` wrote"),
    ("known_lakes/", "a document for each lake that was used from this home"),
    ("cache/", "the code and the bundles of model versions, which are fetched again where they are missing"),
)
CHILDREN = {
    "lock files": "locks",
    "data of names in a catalog": "catalog",
    "archives for a cluster": "staging",
    "frames of a running proof": "scratch",
}
"""What the folders below `_assay` without documents hold."""


def lake_files_page() -> str:
    """Return the page of the files."""
    header = ["file or folder", "content"]
    documents = (
        "[Tables of the lake](lake-tables.md) has the columns of the tables. [Documents of the lake]"
        "(lake-documents.md) has the fields of the files below `_assay`."
    )
    others = [[code(f"_assay/{folder}/"), meaning] for meaning, folder in CHILDREN.items()]
    return page(
        "Files on disk", LEAD,
        "## A lake", block("mermaid", "\n".join(_picture())), documents, table(["other folders", "content"], others),
        "## A project", table(header, ([code(file), text] for file, text in PROJECT)),
        "## A home", table(header, ([code(file), text] for file, text in HOME)),
    )  # fmt: skip


def _picture() -> Iterator[str]:
    """Return the lines of a tree: the lake, its tables by kind, and the records with those of a pipeline."""
    places = [place for one in KINDS for place in one.places] + [place for place, _ in OTHERS]
    pipeline = _first_steps(place.removeprefix("PIPELINE/") for place in places if place.startswith("PIPELINE/"))
    shared = _first_steps(place for place in places if not place.startswith("PIPELINE/"))
    tables = [f"{kind}/{name}" for kind, (name, _) in TABLES.items()]
    shared += [f"{folder}/" for folder in CHILDREN.values() if f"{folder}/" not in shared]
    yield "flowchart TB"
    yield '    lake["the lake"] --> tables["tables: Delta"] & records["_assay: records"]'
    yield f'    tables --> kinds["{_lines(tables)}"]'
    yield f'    records --> shared["{_lines(shared)}"]'
    yield f'    records --> pipeline["PIPELINE/"] --> own["{_lines(pipeline)}"]'


def _first_steps(places: Iterable[str]) -> list[str]:
    """Return the first step of each path, once, with a slash where it is a folder."""
    return list(dict.fromkeys(place.partition("/")[0] + "/" * ("/" in place) for place in places))


def _lines(names: Sequence[str]) -> str:
    return "<br>".join(names)
