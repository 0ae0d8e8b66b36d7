"""HADOOP_CONF_DIR: the configuration of the daemons and their clients, as Hadoop's XML."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from xml.sax.saxutils import escape

from devtools.hadoop.containers import PASSED_ON
from devtools.hadoop.layout import Layout

Properties = Mapping[str, str | int]

_RESOURCE_MANAGER = {
    "resourcemanager": "address",
    "resourcemanager-scheduler": "scheduler.address",
    "resourcemanager-tracker": "resource-tracker.address",
    "resourcemanager-admin": "admin.address",
    "resourcemanager-web": "webapp.address",
}
_PER_DATANODE = {"data": "dfs.datanode.address", "web": "dfs.datanode.http.address", "ipc": "dfs.datanode.ipc.address"}
_PER_NODEMANAGER = {
    "rpc": "yarn.nodemanager.address",
    "localizer": "yarn.nodemanager.localizer.address",
    "web": "yarn.nodemanager.webapp.address",
}
_WHITELIST = "JAVA_HOME,HADOOP_CONF_DIR,PATH,LANG,TZ"


def port_names(datanodes: Iterable[str], nodemanagers: Iterable[str], *, kerberos: bool) -> Iterator[str]:
    """Yield the name of each port that a cluster of these daemons listens on."""
    yield from ("namenode", "namenode-web", *_RESOURCE_MANAGER)
    if kerberos:
        yield "kdc"
    yield from (f"{daemon}-{use}" for daemon in datanodes for use in _PER_DATANODE)
    yield from (f"{daemon}-{use}" for daemon in nodemanagers for use in _PER_NODEMANAGER)


def address(port: int) -> str:
    """A port of loopback, as Hadoop writes it."""
    return f"127.0.0.1:{port}"


def core_site(layout: Layout, ports: Mapping[str, int]) -> Properties:
    """Configure the address of the file system."""
    return {
        "fs.defaultFS": f"hdfs://{address(ports['namenode'])}",
        "hadoop.tmp.dir": str(layout.temporary),
    }


def hdfs_site(layout: Layout, ports: Mapping[str, int]) -> Properties:
    """Configure two replicas; a dead DataNode is missed within seconds, and does not stop a writer."""
    return {
        "dfs.replication": 2,
        "dfs.permissions.enabled": "true",
        "dfs.namenode.name.dir": layout.names.as_uri(),
        "dfs.namenode.http-address": address(ports["namenode-web"]),
        "dfs.namenode.safemode.extension": 0,
        "dfs.namenode.datanode.registration.ip-hostname-check": "false",
        "dfs.datanode.hostname": "127.0.0.1",
        "dfs.heartbeat.interval": 1,
        "dfs.namenode.heartbeat.recheck-interval": 1_000,
        "dfs.namenode.stale.datanode.interval": 3_000,
        "dfs.namenode.avoid.read.stale.datanode": "true",
        "dfs.namenode.avoid.write.stale.datanode": "true",
        "dfs.namenode.redundancy.interval.seconds": 1,
        "dfs.client.block.write.replace-datanode-on-failure.best-effort": "true",
    }


def yarn_site(ports: Mapping[str, int]) -> Properties:
    """Configure NodeManagers of 6 GiB and 4 cores, whose containers' logs stay where they were written.

    A dead NodeManager is missed after 15 seconds and a dead application master after 240, instead of 10 minutes.
    """
    return {
        "yarn.resourcemanager.hostname": "127.0.0.1",
        **{f"yarn.resourcemanager.{key}": address(ports[name]) for name, key in _RESOURCE_MANAGER.items()},
        "yarn.resourcemanager.connect.retry-interval.ms": 1_000,
        "yarn.resourcemanager.connect.max-wait.ms": 60_000,
        "yarn.resourcemanager.nodemanagers.heartbeat-interval-ms": 500,
        "yarn.nm.liveness-monitor.expiry-interval-ms": 15_000,
        "yarn.am.liveness-monitor.expiry-interval-ms": 240_000,
        "yarn.scheduler.minimum-allocation-mb": 256,
        "yarn.scheduler.maximum-allocation-mb": 6_144,
        "yarn.scheduler.maximum-allocation-vcores": 4,
        "yarn.nodemanager.hostname": "127.0.0.1",
        "yarn.nodemanager.resource.memory-mb": 6_144,
        "yarn.nodemanager.resource.cpu-vcores": 4,
        "yarn.nodemanager.pmem-check-enabled": "false",
        "yarn.nodemanager.vmem-check-enabled": "false",
        "yarn.nodemanager.disk-health-checker.max-disk-utilization-per-disk-percentage": "99.5",
        "yarn.nodemanager.env-whitelist": ",".join((_WHITELIST, *PASSED_ON)),
        "yarn.log-aggregation-enable": "false",
        "yarn.timeline-service.enabled": "false",
    }


def capacity_scheduler() -> Properties:
    """Configure one queue, nearly all of which may be application masters: a Spark application alone is mostly one."""
    return {
        "yarn.scheduler.capacity.root.queues": "default",
        "yarn.scheduler.capacity.root.default.capacity": 100,
        "yarn.scheduler.capacity.maximum-am-resource-percent": "0.9",
        "yarn.scheduler.capacity.node-locality-delay": -1,
        "yarn.scheduler.capacity.resource-calculator": "org.apache.hadoop.yarn.util.resource.DefaultResourceCalculator",
    }


def datanode_arguments(layout: Layout, ports: Mapping[str, int], name: str) -> list[str]:
    """Return the settings of one DataNode that differ from the other's, as arguments of its command line."""
    own = {key: address(ports[f"{name}-{use}"]) for use, key in _PER_DATANODE.items()}
    return _arguments({**own, "dfs.datanode.data.dir": layout.data(name).as_uri()})


def nodemanager_arguments(layout: Layout, ports: Mapping[str, int], name: str) -> list[str]:
    """Return the settings of one NodeManager that differ from another's."""
    own = {key: address(ports[f"{name}-{use}"]) for use, key in _PER_NODEMANAGER.items()}
    folders = {f"yarn.nodemanager.{kind}-dirs": str(layout.data(name) / kind) for kind in ("local", "log")}
    return _arguments({**own, **folders})


def write_site(path: Path, properties: Properties) -> None:
    """Write one of Hadoop's XML files: a reader sees the old one or the new one."""
    lines = [
        f"  <property><name>{escape(name)}</name><value>{escape(str(value))}</value></property>"
        for name, value in properties.items()
    ]
    temporary = path.with_suffix(".new")
    temporary.write_text("\n".join(['<?xml version="1.0"?>', "<configuration>", *lines, "</configuration>", ""]))
    temporary.replace(path)


def write_classes(layout: Layout) -> None:
    """Write the files of the class path: where to log, and the folders that the jar of HDFS lacks.

    The NameNode and the DataNodes do not start without a folder of web pages, which Maven Central does not have.
    """
    layout.classes.joinpath("log4j.properties").write_text(_LOG4J)
    for pages in ("hdfs", "datanode", "secondary", "static"):
        (layout.web / "webapps" / pages / "WEB-INF").mkdir(parents=True, exist_ok=True)


_LOG4J = """log4j.rootLogger=INFO,console
log4j.appender.console=org.apache.log4j.ConsoleAppender
log4j.appender.console.target=System.err
log4j.appender.console.layout=org.apache.log4j.PatternLayout
log4j.appender.console.layout.ConversionPattern=%d{ISO8601} %p %c{2}: %m%n
log4j.logger.org.apache.hadoop.hdfs.server.namenode.FSNamesystem.audit=WARN
log4j.logger.BlockStateChange=WARN
log4j.logger.datanode.webhdfs=WARN
log4j.logger.requests=WARN
log4j.logger.http.requests=WARN
"""


def _arguments(properties: Properties) -> list[str]:
    return [word for name, value in properties.items() for word in ("-D", f"{name}={value}")]
