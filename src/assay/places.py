"""Where an environment's lake and landing are, and its YARN, reached with whatever right this process has, and how much
has landed there."""

from __future__ import annotations

from assay.core.interval import Interval
from assay.spark.tokens import right_of
from assay.spec.project import Environment, Pipeline
from assay.store.manifests import landed_bytes
from assay.store.place import Place, open_place
from assay.store.yarn import ResourceManager


def place_of(environment: Environment, text: str) -> Place:
    """The place; on a secured cluster for whoever the environment's keytab or the user's ticket is of. Nothing is asked
    yet."""
    return open_place(text, environment.webhdfs, right_of(environment))


def yarn_of(environment: Environment) -> ResourceManager:
    """The environment's ResourceManager, asked as the same user."""
    return ResourceManager(environment.resource_manager, right_of(environment))


def landed_text(pipeline: Pipeline, interval: Interval) -> int:
    """About how many bytes of text have landed for the dates, in all sources of the pipeline."""
    environment = pipeline.project.environment
    landing = place_of(environment, environment.landing)
    sources = {table.from_.path for table in pipeline.spec.tables.values()}
    return sum(landed_bytes(landing, source, interval) for source in sources)
