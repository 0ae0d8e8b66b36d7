"""A ticket as `kinit` leaves it: `python ticket.py CACHE KRB5_CONF KEYTAB PRINCIPAL SECONDS`.

No JDK on Linux brings a kinit, and the machine need not; Hadoop's test centre brings a client that writes such a file.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from devtools.hadoop.cluster import Cluster
from devtools.hadoop.jars import FOLDER


def ticket(cluster: Cluster, cache: Path, seconds: int) -> Path:
    """The file with a new ticket of the user's."""
    assert cluster.kerberos is not None
    credentials = [
        cluster.kerberos.configuration,
        cluster.kerberos.keytab("assay"),
        cluster.kerberos.principal("assay"),
    ]
    command = [sys.executable, __file__, str(cache), *map(str, credentials), str(seconds)]
    python = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run(command, env=python, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return cache


def main(cache: str, configuration: str, keytab: str, principal: str, seconds: str) -> None:
    """Ask the centre for a ticket that lives so long, and write it."""
    from pyspark.java_gateway import launch_gateway

    from assay.spark.session.java import prepare_java

    prepare_java()
    os.environ["PYSPARK_SUBMIT_ARGS"] = f"--driver-class-path {FOLDER}/* pyspark-shell"
    open_gateway: Callable[[], Any] = launch_gateway  # which has no types in PySpark
    jvm = open_gateway().jvm
    file, kerby = jvm.java.io.File, jvm.org.apache.kerby
    client = kerby.kerberos.kerb.client.KrbClient(file(str(Path(configuration).parent)))
    client.init()
    option, wanted = kerby.kerberos.kerb.client.KrbOption, kerby.KOptions()
    wanted.add(option.CLIENT_PRINCIPAL, principal)
    wanted.add(option.USE_KEYTAB, True)
    wanted.add(option.KEYTAB_FILE, file(keytab))
    wanted.add(option.LIFE_TIME, int(seconds))
    client.storeTicket(client.requestTgt(wanted), file(cache))


if __name__ == "__main__":
    main(*sys.argv[1:])
