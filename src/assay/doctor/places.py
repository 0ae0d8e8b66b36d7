"""The lake, which is written to, and the landing with the newest date of each source."""

from __future__ import annotations

import secrets
from datetime import date

from assay.connections import lake_of, landing_of, source_is_there
from assay.core.text import quantity
from assay.doctor.check_line import PassedCheck
from assay.spec.project import Pipeline, Project
from assay.spec.schema.source import Source
from assay.store.filesystem.atomic import create_exclusively
from assay.store.filesystem.lake_marker import FORMAT
from assay.store.filesystem.storage_path import StoragePath
from assay.store.landing.manifest import newest_landed_date

_NOTHING = "nothing"


def check_lake(project: Project) -> PassedCheck:
    """Return that the lake has the right format and can be written; a small file is created and removed.

    Raises:
        InfrastructureError: It is not mounted, or cannot be written.
        InputError: It has another format, or the home does not exist.
    """
    lake = lake_of(project)
    trial = lake.place / "_assay" / "preflight" / f"trial-{secrets.token_hex(6)}.json"
    create_exclusively(trial, b"{}")
    trial.unlink()
    state = f"format {FORMAT}" if lake.begun() else "no run has begun it"
    return PassedCheck(f"{lake.place} can be written without a JVM; {state}")


def check_landing(pipeline: Pipeline) -> PassedCheck:
    """Return the newest date of each source of the pipeline; of a table that other jobs fill, whether it is there.

    Raises:
        InfrastructureError: The landing is not mounted.
        InputError: A name in a source is meant as a date and is none.
    """
    landing = landing_of(pipeline.project)
    states = {source.name: _state(pipeline, landing, source) for source in _sources(pipeline)}
    landed = sum(state != _NOTHING for state in states.values())
    sentence = f"{landing}: {landed} of {quantity(len(states), 'source')} have landed something"
    return PassedCheck(sentence, tuple(f"{name}: {state}" for name, state in states.items()))


def _sources(pipeline: Pipeline) -> list[Source]:
    return [table.from_ for table in pipeline.spec.tables.values()]


def _state(pipeline: Pipeline, landing: StoragePath, source: Source) -> str:
    if source.in_catalog:
        return "a table of the Hive catalog, which Spark alone reads"
    if source.table is not None:
        return "there" if source_is_there(pipeline.project, landing, source) else _NOTHING
    day = newest_landed_date(landing, source.path, date.max, source.file_format)
    return f"newest {day}" if day else _NOTHING
