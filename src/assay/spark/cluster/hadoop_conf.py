"""Check HADOOP_CONF_DIR, without which Spark finds no cluster, before anything is packed, sent or started."""

from __future__ import annotations

import os
from pathlib import Path

from assay.errors import InputError
from assay.spark.session.session import submitted_by_spark
from assay.spec.schema.environment import Environment

VARIABLES = ("HADOOP_CONF_DIR", "YARN_CONF_DIR")
"""The variables in which spark-submit looks for a cluster, in its order."""


def check_hadoop_conf(environment: Environment) -> None:
    """Check that Spark can find YARN, if the environment runs on it.

    A driver that spark-submit has started is not checked: the process that submitted it was.

    Raises:
        InputError: No variable names a folder with Hadoop's configuration; the hint has the line to type.
    """
    if not environment.on_yarn or submitted_by_spark():
        return
    named = {name: os.environ[name] for name in VARIABLES if os.environ.get(name)}
    if not named:
        raise _refusal(environment, "HADOOP_CONF_DIR is not set")
    if not any(_is_conf(folder) for folder in named.values()):
        named_folders = ", ".join(f"{name}={folder}" for name, folder in named.items())
        raise _refusal(environment, f"{named_folders} is no folder with Hadoop's configuration (*-site.xml)")


def _is_conf(folder: str) -> bool:
    return any(Path(folder).glob("*-site.xml"))


def _refusal(environment: Environment, why: str) -> InputError:
    return InputError(
        f"the environment '{environment.name}' runs on YARN, and {why}",
        code="no-hadoop-conf",
        hint="export HADOOP_CONF_DIR=/etc/hadoop/conf; for the cluster of 'make cluster', "
        "export HADOOP_CONF_DIR=$PWD/.assay/hadoop/conf",
    )
