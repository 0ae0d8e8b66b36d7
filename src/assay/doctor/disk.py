"""The free space of the lake, the home and the temporary folder, against what a run needs."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from assay.core.interval import Interval
from assay.doctor.check_line import PassedCheck
from assay.doctor.machine import gigabytes
from assay.errors import InfrastructureError
from assay.spec.project import Pipeline, Project
from assay.store.filesystem.storage_path import StoragePath
from assay.store.landing.manifest import landed_bytes, landed_dates

SPARE_BYTES = 1_000_000_000
"""The least that has to be free for a lake or for Spark's temporary files."""

HOME_BYTES = 200_000_000
"""The least that has to be free for the home: reports, logs, and MLflow's database where it is a file there."""

TIMES_OF_TEXT = 4
"""A run writes a day as a table, its features, its scores, and a copy of each that is committed: a rule of thumb."""


def newest_day_bytes(landing: StoragePath, pipelines: list[Pipeline]) -> int:
    """Return the bytes of text of the newest date of each source of files, summed over the sources; 0 without any."""
    sources = [table.from_ for pipeline in pipelines for table in pipeline.spec.tables.values()]
    total = 0
    for path, file_format in {(one.path, one.file_format) for one in sources if one.table is None}:
        dates = landed_dates(landing, path, file_format)
        total += landed_bytes(landing, path, Interval.of(dates[-1]), file_format) if dates else 0
    return total


def needed_for(day_bytes: int) -> int:
    """Return the bytes that have to be free for a run over one day of text."""
    return max(SPARE_BYTES, TIMES_OF_TEXT * day_bytes)


def places_of(project: Project | None, lake: str = "") -> dict[str, Path]:
    """Return the folders of this machine whose disk is looked at, by their titles; without a project only one."""
    places = {"disk temp": Path(tempfile.gettempdir())}
    if project is None:
        return places
    if "://" not in project.environment.lake:
        places["disk lake"] = Path(lake or project.environment.lake)
    return {**places, "disk home": project.home}


def check_disk(place: Path, needed: int, free_of: Callable[[Path], int] | None = None) -> PassedCheck:
    """Return the free space of the disk of a folder; a folder that does not exist lies on the disk of its parent.

    Raises:
        InfrastructureError: Less than `needed` bytes are free.
    """
    there = next(folder for folder in (place, *place.parents) if folder.is_dir())
    free = (free_of or _free)(there)
    if free < needed:
        raise InfrastructureError(
            f"{gigabytes(free)} are free for {place}, and a run needs {gigabytes(needed)}",
            code="disk-full",
            hint=f"'df -h {there}' shows the disk, and 'assay maintain PIPELINE' removes what no run needs",
        )
    return PassedCheck(f"{gigabytes(free)} are free for {place}; a run needs {gigabytes(needed)}")


def _free(folder: Path) -> int:
    return shutil.disk_usage(folder).free
