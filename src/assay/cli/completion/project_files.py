"""The names and dates of a project for a completion, read from its files without a check: a shell waits for them.

A file that cannot be read gives no names. A lake on HDFS gives none either: a request would take too long.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from assay.errors import InputError
from assay.spec.project_folder import project_folder, project_home

NEWEST_RECORDS = 150
"""Records of the ledger that are read, the newest ones: older ones would take too long."""


class ProjectFiles:
    """The names in a project, or none of any kind where there is no project."""

    def __init__(self, env: str = "local") -> None:
        self._env = env

    @cached_property
    def _root(self) -> Path | None:
        try:
            return project_folder()
        except InputError:
            return None

    def pipelines(self) -> list[str]:
        """Return the names of the pipelines, sorted."""
        return self._names("pipelines")

    def environments(self) -> list[str]:
        """Return the names of the environments, sorted."""
        return self._names("environments")

    def tables(self, pipeline: str) -> list[str]:
        """Return the tables of a pipeline, in the order of its YAML."""
        if self._root is None or pipeline not in self.pipelines():
            return []
        tables = _yaml(self._root / "conf" / "pipelines" / f"{pipeline}.yaml").get("tables")
        return list(map(str, tables)) if isinstance(tables, dict) else []

    def records(self, pipeline: str) -> list[Mapping[str, Any]]:
        """Return the newest records of the ledger of a pipeline, the newest first."""
        return self._newest(pipeline, "ledger")

    def promotion(self, pipeline: str) -> Mapping[str, Any]:
        """Return the newest promotion of a pipeline, empty before the first."""
        return next(iter(self._newest(pipeline, "promotions")), {})

    def _names(self, kind: str) -> list[str]:
        return [] if self._root is None else sorted(path.stem for path in (self._root / "conf" / kind).glob("*.yaml"))

    def _lake(self) -> Path | None:
        if self._root is None:
            return None
        text = str(_yaml(self._root / "conf" / "environments" / f"{self._env}.yaml").get("lake", ""))
        if not text or "://" in text:
            return None
        return self._root / Path(text.replace("${ASSAY_HOME}", str(project_home(self._root)))).expanduser()

    def _newest(self, pipeline: str, sequence: str) -> list[Mapping[str, Any]]:
        lake = self._lake()
        if lake is None or pipeline not in self.pipelines():
            return []
        documents: list[Mapping[str, Any]] = []
        for path in _newest_files(lake / "_assay" / pipeline / sequence):
            documents += reversed(list(_documents(path)))
            if len(documents) >= NEWEST_RECORDS:
                break
        return documents[:NEWEST_RECORDS]


def _newest_files(folder: Path) -> list[Path]:
    """Return the files of a sequence, those with the highest numbers first."""
    try:
        names = sorted((path.name for path in folder.iterdir() if path.name[:10].isdecimal()), reverse=True)
    except OSError:
        return []
    return [folder / name for name in names if name.endswith((".json", ".jsonl"))]


def _documents(path: Path) -> Iterator[Mapping[str, Any]]:
    """Yield the documents of a file of one, or of a segment with one on each line."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, ValueError):
        return
    for part in text.splitlines() if path.suffix == ".jsonl" else [text]:
        try:
            document = json.loads(part)
        except ValueError:
            continue
        if isinstance(document, dict):
            yield document


def _yaml(path: Path) -> dict[str, Any]:
    try:
        loaded = yaml.load(path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except (OSError, ValueError, yaml.YAMLError):
        return {}
    return loaded if isinstance(loaded, dict) else {}
