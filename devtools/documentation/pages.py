"""The generated pages of `docs`, each with the function that makes it from the code."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from devtools import expectations_page
from devtools.documentation.reference.command_line import command_line_page, command_words_json
from devtools.documentation.reference.error_codes import error_codes_json, error_codes_page
from devtools.documentation.reference.lake_documents import lake_documents_page
from devtools.documentation.reference.lake_files import lake_files_page
from devtools.documentation.reference.lake_tables import lake_tables_page
from devtools.documentation.reference.layers import layers_page
from devtools.documentation.reference.python_api import python_api_page
from devtools.documentation.reference.yaml_keys import environment_page, pipeline_page, schema_page

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"


def expectations() -> str:
    """Return the page of the expectations with the parts that come from the code."""
    return expectations_page.rendered(expectations_page.PAGE.read_text(encoding="utf-8"))


PAGES: Mapping[str, Callable[[], str]] = {
    "reference/pipeline.md": pipeline_page,
    "reference/environment.md": environment_page,
    "reference/schema-file.md": schema_page,
    "reference/command-line.md": command_line_page,
    "reference/python.md": python_api_page,
    "reference/error-codes.md": error_codes_page,
    "reference/lake-files.md": lake_files_page,
    "reference/lake-tables.md": lake_tables_page,
    "reference/lake-documents.md": lake_documents_page,
    "layers.md": layers_page,
    "expectations.md": expectations,
}
"""Each generated page, by its path below `docs`."""


PACKAGE_FILES: Mapping[str, Callable[[], str]] = {
    "src/assay/cli/generated/error_codes.json": error_codes_json,
    "src/assay/cli/generated/command_words.json": command_words_json,
}
"""Each generated file that ships with the package, by its path in the checkout."""


def write_pages() -> list[str]:
    """Write every page and every file of the package whose text differs; return the paths of those in the checkout."""
    changed = []
    for name, make in [*((f"docs/{page}", make) for page, make in PAGES.items()), *PACKAGE_FILES.items()]:
        path, text = ROOT / name, make()
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            changed.append(name)
    return changed
