"""Where an environment's lake and landing are, and its YARN, reached with whatever right this process has."""

from __future__ import annotations

from assay.spark.tokens import right_of
from assay.spec.project import Environment
from assay.store.place import Place, open_place
from assay.store.yarn import ResourceManager


def place_of(environment: Environment, text: str) -> Place:
    """The place; on a secured cluster for whoever the environment's keytab or the user's ticket is of. Nothing is asked
    yet."""
    return open_place(text, environment.webhdfs, right_of(environment))


def yarn_of(environment: Environment) -> ResourceManager:
    """The environment's ResourceManager, asked as the same user."""
    return ResourceManager(environment.resource_manager, right_of(environment))
