"""All checks in their order: what needs no project first, so that a project with a mistake hides none of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from assay.connections import landing_of
from assay.doctor.airflow import check_airflow
from assay.doctor.check_line import CheckLine, PassedCheck, fault_line, line_of
from assay.doctor.disk import HOME_BYTES, check_disk, needed_for, newest_day_bytes, places_of
from assay.doctor.hadoop import check_executors, check_hdfs, check_yarn
from assay.doctor.kerberos import check_kerberos
from assay.doctor.machine import DRIVER_MEMORY, check_cores, check_memory, this_machine
from assay.doctor.places import check_lake, check_landing
from assay.doctor.tracking import check_mlflow
from assay.doctor.versions import check_jars, check_java, check_packages, check_python
from assay.errors import AssayError, InputError
from assay.spec.project import Pipeline, Project, load_pipeline, open_project


def doctor_lines(env: str, named: str | None, say: Callable[[str], None]) -> Iterator[CheckLine]:
    """Yield the line of each check.

    Args:
        env: The environment to look at.
        named: The pipeline whose sources, channels and code are looked at; all of the project for None.
        say: Takes lines of progress.

    Yields:
        The lines: those of this machine, of the project and its environment, and of each pipeline.
    """
    project: Project | None = None
    broken: CheckLine | None = None
    try:
        project = open_project(env=env)
    except AssayError as error:
        broken = fault_line("project", error)
    yield line_of("java", check_java)
    yield line_of("python", check_python)
    yield line_of("packages", check_packages)
    yield line_of("delta jars", check_jars)
    yield from _machine_lines(project)
    if broken is not None:
        yield broken
    if project is None:
        yield from _disk_lines(None, [])
        return
    loaded, faults = _loaded(project, named)
    yield CheckLine("project", f"{project.root}, environment {env}")
    yield from faults
    yield from _disk_lines(project, loaded)
    yield from _service_lines(project)
    for pipeline in loaded:
        yield from _pipeline_lines(pipeline, several=len(loaded) > 1)
    if loaded:
        yield line_of("executors", partial(check_executors, loaded[0], say))


def _machine_lines(project: Project | None) -> Iterator[CheckLine]:
    environment = project.environment if project else None
    heap = environment.spark.get("spark.driver.memory", DRIVER_MEMORY) if environment else DRIVER_MEMORY
    machine = this_machine()
    yield line_of("memory", partial(check_memory, machine, heap))
    yield line_of("cores", partial(check_cores, machine, environment.master if environment else "local[*]"))


def _disk_lines(project: Project | None, loaded: list[Pipeline]) -> Iterator[CheckLine]:
    day_bytes = 0
    if project is not None:
        try:
            day_bytes = newest_day_bytes(landing_of(project), loaded)
        except (AssayError, OSError):  # the line of the landing has it
            day_bytes = 0
    for title, place in places_of(project).items():
        needed = HOME_BYTES if title == "disk home" else needed_for(day_bytes)
        yield line_of(title, partial(check_disk, place, needed))


def _loaded(project: Project, named: str | None) -> tuple[list[Pipeline], list[CheckLine]]:
    """Return the pipelines that can be read, and a line for each that cannot."""
    loaded, faults = [], []
    names = [named] if named else project.pipelines()
    for name in names:
        try:
            loaded.append(load_pipeline(project, name))
        except AssayError as error:
            faults.append(fault_line(f"pipeline {name}", error))
    if not names:
        hint = "write conf/pipelines/NAME.yaml"
        faults.append(
            fault_line("pipelines", InputError("this project has no pipeline", code="no-pipeline", hint=hint))
        )
    return loaded, faults


def _service_lines(project: Project) -> Iterator[CheckLine]:
    environment = project.environment
    checks: dict[str, Callable[[], PassedCheck]] = {
        "kerberos": partial(check_kerberos, environment),
        "hdfs": partial(check_hdfs, environment),
        "lake": partial(check_lake, project),
        "mlflow": partial(check_mlflow, environment),
        "yarn": partial(check_yarn, environment),
        "airflow": partial(check_airflow, project),
    }
    for title, check in checks.items():
        yield line_of(title, check)


def _pipeline_lines(pipeline: Pipeline, *, several: bool) -> Iterator[CheckLine]:
    from assay.stages.notifications.state import channels_state

    of = f" {pipeline.name}" if several else ""
    yield line_of(f"landing{of}", partial(check_landing, pipeline))
    yield line_of(f"channels{of}", lambda: PassedCheck(channels_state(pipeline)))
