"""The settings of a small Spark application on a cluster that listens on loopback alone."""

from __future__ import annotations

from collections.abc import Mapping

from assay.spark.session.jars import spark_home

_SIDES = ("spark.yarn.appMasterEnv", "spark.executorEnv")
ON_LOOPBACK = {
    **{f"{side}.SPARK_LOCAL_{name}": "127.0.0.1" for side in _SIDES for name in ("IP", "HOSTNAME")},
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.executor.instances": "1",
    "spark.ui.enabled": "false",
}
"""The settings of a driver and one executor that only this machine can reach."""


SMALL_JVM = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -XX:-DontCompileHugeMethods"
"""The options of a JVM that ends after seconds: the second compiler would take half of its CPU time, and a small
machine has no cores for collectors of garbage."""


def settings(java_options: str = SMALL_JVM) -> dict[str, str]:
    """Spark's settings: one small executor, this machine's own jars, and the options of all three JVMs."""
    return {
        **ON_LOOPBACK,
        **{f"spark.{side}.extraJavaOptions": java_options for side in ("driver", "executor", "yarn.am")},
        **{f"spark.{name}": "512m" for name in ("driver.memory", "executor.memory", "yarn.am.memory")},
        "spark.yarn.jars": f"local:{spark_home()}/jars/*",
    }


def in_yaml(settings: Mapping[str, str]) -> str:
    """The settings as lines of `spark: conf:` in an environment file."""
    return "".join(f"    {name}: {value}\n" for name, value in settings.items())
