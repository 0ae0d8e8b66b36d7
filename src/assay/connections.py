"""Where an environment's lake and landing are, and its YARN, reached with whatever right this process has, and how much
has landed there."""

from __future__ import annotations

from pathlib import Path

from assay.core.interval import Interval
from assay.errors import InputError
from assay.spark.cluster.jvm_tokens import right_of
from assay.spec.project import Environment, Pipeline, Project
from assay.store.filesystem.lake_marker import MEMORY, Lake, require_folder, require_home
from assay.store.filesystem.storage_path import StoragePath, open_place
from assay.store.hadoop.resource_manager import ResourceManager
from assay.store.landing.manifest import landed_bytes


def place_of(environment: Environment, text: str) -> StoragePath:
    """The place; on a secured cluster for whoever the environment's keytab or the user's ticket is of. Nothing is asked
    yet."""
    return open_place(text, environment.webhdfs, right_of(environment))


def lake_of(project: Project) -> Lake:
    """The project's lake, which is the one of before or has yet to begin.

    Raises InfrastructureError where its disk is not mounted, or another one is; InputError for a home that is not
    there. Nothing is created.
    """
    place = place_of(project.environment, project.environment.lake)
    lake = Lake(place, project.home / MEMORY)
    lake.check()
    _require(project, place, "lake")
    return lake


def landing_of(project: Project) -> StoragePath:
    """The project's landing. Raises as `lake_of` where it is not there; below a home that is, it may be empty."""
    place = place_of(project.environment, project.environment.landing)
    _require(project, place, "landing")
    return place


def _require(project: Project, place: StoragePath, title: str) -> None:
    """Assay makes what lies in a project, and what lies below a home that is there; any other folder has to exist."""
    if project.home_given and _is_below(place, project.home):
        require_home(project.home)
    elif not _is_below(place, project.root):
        require_folder(place, title)


def refuse_never_begun(project: Project) -> None:
    """Nothing, if anything ever ran in the project's lake, or the lake stands where it does unless something else is
    said; raises InputError that names the place otherwise: it is more likely a wrong one than a new one."""
    lake = lake_of(project)
    if lake.begun():
        return
    if project.home_given or not _is_below(lake.place, project.root):
        raise InputError(
            f"nothing has ever run in {lake.place}: it holds no lake",
            code="no-lake",
            hint="is ASSAY_HOME, or the lake of the environment, the right one? the first 'assay run' begins a lake",
        )


def refuse_nothing_there(pipeline: Pipeline) -> None:
    """Nothing, if something has landed for the pipeline, so that its first run may be planned; raises as
    `refuse_never_begun` otherwise."""
    landing = landing_of(pipeline.project)
    if not any((landing / table.from_.path).is_dir() for table in pipeline.spec.tables.values()):
        refuse_never_begun(pipeline.project)


def _is_below(place: StoragePath, folder: Path) -> bool:
    return isinstance(place, Path) and place.is_relative_to(folder)


def yarn_of(environment: Environment) -> ResourceManager:
    """The environment's ResourceManager, asked as the same user."""
    return ResourceManager(environment.resource_manager, right_of(environment))


def landed_text(pipeline: Pipeline, interval: Interval) -> int:
    """About how many bytes of text have landed for the dates, in all sources of the pipeline."""
    landing = landing_of(pipeline.project)
    sources = {table.from_.path for table in pipeline.spec.tables.values()}
    return sum(landed_bytes(landing, source, interval) for source in sources)
