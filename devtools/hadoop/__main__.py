"""`python -m devtools.hadoop start | stop | status --home DIR`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from assay.errors import AssayError, InputError
from devtools.hadoop.cluster import Cluster
from devtools.hadoop.layout import Layout
from devtools.hadoop.ports import STANDARD


def main(arguments: list[str]) -> int:
    """Run the command, print the reason on stderr where it fails, and return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m devtools.hadoop", description="A real Hadoop on loopback: docs/cluster.md."
    )
    parser.add_argument("command", choices=["start", "stop", "status"])
    parser.add_argument("--home", type=Path, default=Path(".assay/hadoop"), help="the folder of the cluster")
    parser.add_argument("--nodemanagers", type=int, help="how many NodeManagers to start; 1 at first")
    parser.add_argument("--kerberos", action="store_true", default=None, help="guard a new cluster with Kerberos")
    options = parser.parse_args(arguments)
    try:
        return {"start": _start, "stop": _stop, "status": _status}[options.command](options)
    except AssayError as error:
        print(error.render(), file=sys.stderr)
        return error.exit_code


def _start(options: argparse.Namespace) -> int:
    cluster = Cluster(options.home, nodemanagers=options.nodemanagers, kerberos=options.kerberos, wished_ports=STANDARD)
    started = cluster.start()
    print(f"started: {', '.join(started)}" if started else "the cluster is running already; nothing was started")
    return _say(cluster)


def _stop(options: argparse.Namespace) -> int:
    stopped = Cluster(options.home).stop() if Layout(options.home).state.is_file() else []
    print(f"stopped: {', '.join(stopped)}" if stopped else "nothing was running")
    return 0


def _status(options: argparse.Namespace) -> int:
    if not Layout(options.home).state.is_file():
        raise InputError(f"there is no cluster in {options.home}", code="no-cluster", hint="start one: make cluster")
    return _say(Cluster(options.home))


def _say(cluster: Cluster) -> int:
    """Print the daemons that live and the addresses; return 0 if all of them live, else 4."""
    daemons = [*([cluster.kdc] if cluster.kdc else []), *cluster.daemons]
    lines = {
        "daemons": ", ".join(f"{daemon.name} ({daemon.pid or 'dead'})" for daemon in daemons),
        "HDFS": cluster.hdfs,
        "WebHDFS": f"{cluster.webhdfs}/webhdfs/v1/",
        "YARN": cluster.resource_manager,
        "logs": str(cluster.layout.log("*")),
        "HADOOP_CONF_DIR": str(cluster.conf),
    }
    if cluster.kerberos:
        lines |= {"KRB5_CONFIG": str(cluster.kerberos.configuration), "keytabs": str(cluster.kerberos.folder)}
    for name, value in lines.items():
        print(f"{name:15} {value}")
    return 0 if all(daemon.pid for daemon in daemons) else 4


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
