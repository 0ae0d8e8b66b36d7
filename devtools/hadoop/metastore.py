"""A Hive metastore as a process of its own, from the jars that Spark brings, with its database in a folder."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from assay.spark.session.jars import spark_home
from assay.spark.session.java import find_java
from devtools.hadoop.configuration import write_site
from devtools.hadoop.serving import serving

_MAIN = "org.apache.hadoop.hive.metastore.HiveMetaStore"
_OPENED = ("java.base/java.lang", "java.base/java.net", "java.base/java.util", "java.base/java.util.concurrent")


@contextmanager
def metastore(folder: Path, port: int, conf: Path) -> Iterator[str]:
    """Run a metastore inside the block, and yield its address, thrift://127.0.0.1:PORT; `conf` is Hadoop's.

    Raises:
        InfrastructureError: It does not listen in time.
    """
    folder.mkdir(parents=True, exist_ok=True)
    site = {
        "javax.jdo.option.ConnectionURL": f"jdbc:derby:;databaseName={folder / 'database'};create=true",
        "datanucleus.schema.autoCreateAll": "true",
        "hive.metastore.schema.verification": "false",
        "hive.async.log.enabled": "false",  # its queue is in none of the jars
        "hive.metastore.warehouse.dir": str(folder / "warehouse"),
    }
    write_site(folder / "hive-site.xml", site)
    class_path = os.pathsep.join([str(folder), str(conf), str(spark_home() / "jars" / "*")])
    opened = [f"--add-opens={package}=ALL-UNNAMED" for package in _OPENED]
    options = [
        "-Xmx256m",
        "-XX:TieredStopAtLevel=1",
        f"-Dderby.system.home={folder}",
        "-Djava.net.preferIPv4Stack=true",
    ]
    command = [str(find_java() / "bin" / "java"), *options, *opened, "-cp", class_path, _MAIN, "-p", str(port)]
    with serving(command, folder, "metastore", lambda: _listens(port)):
        yield f"thrift://127.0.0.1:{port}"


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(2)
        return probe.connect_ex(("127.0.0.1", port)) == 0
