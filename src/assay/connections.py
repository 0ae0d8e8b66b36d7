"""The lake, the landing and the YARN of an environment, opened with the tokens that this process has."""

from __future__ import annotations

from pathlib import Path

from assay.core.interval import Interval
from assay.errors import InputError
from assay.spark.cluster.jvm_tokens import right_of
from assay.spec.project import Environment, Pipeline, Project
from assay.spec.schema.source import Source
from assay.store.filesystem.atomic import inside
from assay.store.filesystem.lake_marker import MEMORY, Lake, require_folder, require_home
from assay.store.filesystem.storage_path import StoragePath, open_place, uri
from assay.store.hadoop.resource_manager import ResourceManager
from assay.store.landing.manifest import landed_bytes


def place_of(environment: Environment, text: str) -> StoragePath:
    """Return a folder of the environment; no request is sent yet.

    On a secured cluster the user is the owner of the environment's keytab, or of the ticket of `kinit`.

    Raises:
        InputError: The keytab is missing or cannot be read.
    """
    return open_place(text, environment.webhdfs, right_of(environment))


def lake_of(project: Project) -> Lake:
    """Return the project's lake: the one that was used before, or one that has not begun. It creates nothing.

    Raises:
        InfrastructureError: The disk of the lake is not mounted, or another lake has taken its place.
        InputError: The home does not exist, or the lake has another format.
    """
    place = place_of(project.environment, project.environment.lake)
    lake = Lake(place, project.home / MEMORY)
    lake.check()
    _require(project, place, "lake")
    return lake


def landing_of(project: Project) -> StoragePath:
    """Return the project's landing; inside a home that exists, it may be missing.

    Raises:
        InfrastructureError: The folder does not exist: its disk may not be mounted.
        InputError: The home does not exist.
    """
    place = place_of(project.environment, project.environment.landing)
    _require(project, place, "landing")
    return place


def source_table_of(project: Project, source: Source) -> StoragePath | str:
    """Return the place of a table that is a source.

    That is a folder, or as it is written the address of an object store or the name of a table in a Hive catalog. No
    request is sent yet.

    Raises:
        InputError: The path climbs out of the landing folder, or it is on HDFS and the environment cannot reach HDFS.
    """
    table = source.name
    if source.in_catalog:
        return table
    scheme, _, rest = table.rpartition("://")
    if scheme == "hdfs" and not project.environment.webhdfs:
        raise InputError(
            f"the table {table} is on HDFS, and no web address is given to reach it without a JVM",
            code="no-web-address",
            hint="add 'hdfs: {web: [\"http://name-node:9870\"]}' to the environment",
        )
    if scheme in {"", "file", "hdfs"}:
        text = table if scheme == "hdfs" else rest
        absolute = scheme == "hdfs" or text.startswith("/")
        return place_of(project.environment, text) if absolute else inside(landing_of(project), text)
    return table


def source_address(project: Project, source: Source) -> str:
    """Return what identifies a table that is a source: its whole address, or its name in the catalog."""
    place = source_table_of(project, source)
    return place if isinstance(place, str) else uri(place)


def _require(project: Project, place: StoragePath, title: str) -> None:
    """Check that a folder exists, unless Assay creates it: inside the project, or inside a home that exists."""
    if project.home_given and _is_below(place, project.home):
        require_home(project.home)
    elif not _is_below(place, project.root):
        require_folder(place, title)


def refuse_never_begun(project: Project) -> None:
    """Raise InputError where a project names a place for its lake, and no run has ever written to that place.

    Such a place is more often wrong than new. The default place, inside the project, may be new.

    Raises:
        InputError: No run has ever written to the place, which the message names.
    """
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
    """Raise InputError as `refuse_never_begun` does, unless files have landed for the pipeline.

    With landed files the first run can be planned before the lake begins.

    Raises:
        InputError: There is no landed file, and no run has ever written to the lake.
    """
    landing = landing_of(pipeline.project)
    if not any(source_is_there(pipeline.project, landing, table.from_) for table in pipeline.spec.tables.values()):
        refuse_never_begun(pipeline.project)


def source_is_there(project: Project, landing: StoragePath, source: Source) -> bool:
    """Return whether a source exists; a table of an object store or a catalog counts as one, without a request."""
    if source.table is None:
        return (landing / source.path).is_dir()
    place = source_table_of(project, source)
    return isinstance(place, str) or place.is_dir()


def _is_below(place: StoragePath, folder: Path) -> bool:
    return isinstance(place, Path) and place.is_relative_to(folder)


def yarn_of(environment: Environment) -> ResourceManager:
    """Return a client of the environment's ResourceManager, for the same user as `place_of`."""
    return ResourceManager(environment.resource_manager, right_of(environment))


def landed_text(pipeline: Pipeline, interval: Interval) -> int:
    """Return an estimate of the bytes of text that have landed for the dates, in all sources of the pipeline."""
    landing = landing_of(pipeline.project)
    sources = [table.from_ for table in pipeline.spec.tables.values() if table.from_.table is None]
    places = {(source.path, source.file_format) for source in sources}
    return sum(landed_bytes(landing, path, interval, file_format) for path, file_format in places)
