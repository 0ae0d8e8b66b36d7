"""The daemons of a cluster: the command of each, and the probe whether it is ready."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from devtools.hadoop.configuration import address, datanode_arguments, nodemanager_arguments
from devtools.hadoop.containers import java_for_containers
from devtools.hadoop.daemon import Daemon
from devtools.hadoop.jvm import Jvm
from devtools.hadoop.kerberos import Kerberos
from devtools.hadoop.layout import Layout
from devtools.hadoop.state import DATANODES, State
from devtools.hadoop.web import Web

_HDFS = "org.apache.hadoop.hdfs.server"
_YARN = "org.apache.hadoop.yarn.server"
KDC = "org.apache.hadoop.minikdc.MiniKdc"
NAMENODE = f"{_HDFS}.namenode.NameNode"


@dataclass(frozen=True, slots=True)
class Daemons:
    """The daemons of the cluster in `layout`, as `state` settled them."""

    layout: Layout
    state: State
    jvm: Jvm
    kerberos: Kerberos | None

    def web(self, daemon: str) -> Web:
        """Return the web port of a daemon, for requests as its superuser."""
        at = f"http://{address(self.state.ports[f'{daemon}-web'])}"
        if self.kerberos is None:
            return Web(at)
        return Web(at, partial(self.kerberos.cookie, takes_tokens=daemon == "resourcemanager"))

    def kdc(self, kerberos: Kerberos) -> Daemon:
        """The key distribution centre: ready when it has made all users' keys."""
        return self._daemon("kdc", KDC, lambda: kerberos.has_all_keys, kerberos.arguments())

    def namenode(self) -> Daemon:
        """The NameNode: ready when it answers, in safe mode or not."""
        return self._daemon("namenode", NAMENODE, self._is_active, hdfs=True)

    def datanodes(self) -> list[Daemon]:
        """The DataNodes: ready when the NameNode has registered them."""
        return [self._datanode(name) for name in DATANODES]

    def resourcemanager(self) -> Daemon:
        """The ResourceManager: ready when it is active."""
        main = f"{_YARN}.resourcemanager.ResourceManager"
        return self._daemon("resourcemanager", main, self._resources_are_managed)

    def nodemanagers(self) -> list[Daemon]:
        """The NodeManagers: ready when the ResourceManager counts on them."""
        return [self._nodemanager(name) for name in self.state.nodemanager_names]

    def live_nodemanagers(self) -> set[int]:
        """The ports of the NodeManagers that the ResourceManager counts on; it may call their host by another name."""
        listed = self.web("resourcemanager").jmx("ResourceManager:RMNMInfo").get("LiveNodeManagers") or "[]"
        return {int(node["NodeId"].rpartition(":")[2]) for node in json.loads(listed) if node["State"] == "RUNNING"}

    def _datanode(self, name: str) -> Daemon:
        def is_registered() -> bool:
            info = self.web(name).jmx("DataNode:DataNodeInfo")
            actors: list[dict[str, Any]] = json.loads(info.get("BPServiceActorInfo") or "[]")
            return bool(actors) and all(actor["ActorState"] == "RUNNING" for actor in actors)

        arguments = datanode_arguments(self.layout, self.state.ports, name)
        return self._daemon(name, f"{_HDFS}.datanode.DataNode", is_registered, arguments, hdfs=True)

    def _nodemanager(self, name: str) -> Daemon:
        def is_counted_on() -> bool:
            answers = bool(self.web(name).jmx("NodeManager:NodeManagerMetrics"))
            return answers and self.state.ports[f"{name}-rpc"] in self.live_nodemanagers()

        arguments = nodemanager_arguments(self.layout, self.state.ports, name)
        variables = {**java_for_containers(self.jvm.home), "HADOOP_CONF_DIR": str(self.layout.conf)}
        return self._daemon(name, f"{_YARN}.nodemanager.NodeManager", is_counted_on, arguments, variables=variables)

    def _is_active(self) -> bool:
        # Until its files are loaded it reports itself active, and out of the safe mode that it has yet to enter.
        phases = self.web("namenode").ask("/startupProgress").get("phases", [])
        loaded = any(phase["name"] == "SafeMode" and phase["status"] != "PENDING" for phase in phases)
        return loaded and bool(self.web("namenode").ask("/webhdfs/v1/?op=LISTSTATUS"))

    def _resources_are_managed(self) -> bool:
        return bool(self.web("resourcemanager").jmx("ResourceManager:RMNMInfo"))

    def _daemon(
        self,
        name: str,
        main: str,
        ready: Callable[[], bool],
        arguments: Sequence[str] = (),
        *,
        hdfs: bool = False,
        variables: Mapping[str, str] | None = None,
    ) -> Daemon:
        before: Sequence[Path] = [self.layout.web] if hdfs else []
        command = self.jvm.command(main, *arguments, before=before)
        return Daemon(name, self.layout, command, self.jvm.environment(**(variables or {})), ready)
