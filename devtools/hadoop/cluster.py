"""The whole cluster: HDFS and YARN, started by one call and stopped by another."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any, Self

from assay.spark.session.java import find_java
from devtools.hadoop import configuration
from devtools.hadoop.configuration import Properties, address, write_site
from devtools.hadoop.containers import container_processes, kill_containers
from devtools.hadoop.daemon import Daemon
from devtools.hadoop.daemons import NAMENODE, Daemons
from devtools.hadoop.jars import FOLDER, fetch_jars
from devtools.hadoop.jvm import Jvm
from devtools.hadoop.kerberos import Kerberos
from devtools.hadoop.layout import Layout
from devtools.hadoop.lock import exclusive
from devtools.hadoop.process import STOP_TIMEOUT_SECONDS, Process
from devtools.hadoop.state import DATANODES, settle
from devtools.hadoop.tokens import token_in
from devtools.hadoop.users import make_folders
from devtools.hadoop.waiting import wait_until

_ADMIN = "org.apache.hadoop.hdfs.tools.DFSAdmin"
_SHELL = "org.apache.hadoop.fs.FsShell"
_TOKEN = "org.apache.hadoop.hdfs.tools.DelegationTokenFetcher"
_SECONDS = 60.0

# A NodeManager first deregisters from the ResourceManager, which therefore has to live. Then it waits ten seconds or
# longer for applications that have ended, since their logs are still there.
_NODE_STOP_TIMEOUT_SECONDS = 2.0


class Cluster:
    """A NameNode, two DataNodes, a ResourceManager and one or more NodeManagers on loopback, all beneath `home`.

    Its ports are chosen when `home` is new and stay the same from then on. As a context manager it is started on entry
    and stopped on exit. `more` is added to Hadoop's XML files, by the name of each.
    """

    def __init__(
        self,
        home: Path,
        *,
        nodemanagers: int | None = None,
        kerberos: bool | None = None,
        wished_ports: Mapping[str, int] | None = None,
        more: Mapping[str, Properties] | None = None,
    ) -> None:
        self.layout = Layout(home.resolve())
        self._more = more or {}
        with exclusive(self.layout.lock):
            self.state = settle(self.layout.state, nodemanagers=nodemanagers, kerberos=kerberos, wished=wished_ports)
        self.kerberos = Kerberos(self.layout, self.state.ports["kdc"]) if self.state.kerberos else None

    @property
    def conf(self) -> Path:
        """HADOOP_CONF_DIR for clients of this cluster."""
        return self.layout.conf

    @property
    def hdfs(self) -> str:
        """The file system, as in fs.defaultFS: hdfs://127.0.0.1:PORT."""
        return f"hdfs://{address(self.state.ports['namenode'])}"

    @property
    def webhdfs(self) -> str:
        """The NameNode's web address, where WebHDFS answers: http://127.0.0.1:PORT."""
        return f"http://{address(self.state.ports['namenode-web'])}"

    @property
    def resource_manager(self) -> str:
        """The ResourceManager's web address: http://127.0.0.1:PORT."""
        return f"http://{address(self.state.ports['resourcemanager-web'])}"

    @cached_property
    def kdc(self) -> Daemon | None:
        """The Kerberos key distribution centre, where there is one."""
        return self._parts.kdc(self.kerberos) if self.kerberos else None

    @cached_property
    def namenode(self) -> Daemon:
        """The NameNode: ready when it answers, in safe mode or not."""
        return self._parts.namenode()

    @cached_property
    def datanodes(self) -> list[Daemon]:
        """The two DataNodes: ready when the NameNode has registered them."""
        return self._parts.datanodes()

    @cached_property
    def resourcemanager(self) -> Daemon:
        """The ResourceManager: ready when it answers."""
        return self._parts.resourcemanager()

    @cached_property
    def nodemanagers(self) -> list[Daemon]:
        """The NodeManagers: ready when the ResourceManager counts on them."""
        return self._parts.nodemanagers()

    @property
    def daemons(self) -> list[Daemon]:
        """All of Hadoop's, in the order in which they are started."""
        return [self.namenode, *self.datanodes, self.resourcemanager, *self.nodemanagers]

    @property
    def processes(self) -> list[Process]:
        """The processes that were started and not stopped, dead or alive."""
        return [Process(name, self.layout) for name in self.layout.started]

    def start(self) -> list[str]:
        """Start the daemons that do not live, wait until all are ready, and return the names of the started ones.

        Raises:
            InfrastructureError: A daemon ended, or was not ready in time; the error has the last lines of its log.
                Daemons that were started are left running: another start goes on from there.
        """
        with exclusive(self.layout.lock):
            started = self._start_kdc()
            missing = [daemon for daemon in self.daemons if daemon.pid is None]
            if missing:
                self._prepare()
                self._format()
            for daemon in missing:
                daemon.start(wait=False)
            for daemon in self.daemons:
                daemon.wait_until_ready()
            if missing:
                self.wait_until_writable()
                self._make_folders()
        return [*started, *(daemon.name for daemon in missing)]

    def stop(self) -> list[str]:
        """End all processes of this cluster, and return the names of the daemons that lived."""
        with exclusive(self.layout.lock):
            return self._stop()

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def live_datanodes(self) -> int:
        """Return the number of DataNodes that the NameNode counts on, or 0 while it does not answer."""
        return int(self._namesystem().get("NumLiveDataNodes", 0))

    def is_in_safe_mode(self) -> bool:
        """Return whether the NameNode refuses to change anything, or does not answer."""
        return self._namesystem().get("FSState") != "Operational"

    def wait_until_writable(self, seconds: float = _SECONDS) -> None:
        """Return when the NameNode is out of safe mode and counts on both DataNodes.

        Raises:
            InfrastructureError: It does not within `seconds`.
        """
        wait_until(
            lambda: not self.is_in_safe_mode() and self.live_datanodes() == len(DATANODES),
            f"the NameNode to leave safe mode and to count {len(DATANODES)} DataNodes",
            seconds,
            details=self.namenode.last_words,
        )

    def safe_mode(self, *, on: bool) -> None:
        """Make the NameNode refuse every change, or allow it again. Raises InfrastructureError."""
        self.administer("-safemode", "enter" if on else "leave")

    def set_quota(self, path: str, *, bytes: int | None = None, names: int | None = None) -> None:
        """Limit what a folder may hold: bytes of all replicas, and names with its own; None leaves a limit as it was.

        While a file is written it counts as whole blocks. Raises InfrastructureError.
        """
        if bytes is not None:
            self.administer("-setSpaceQuota", str(bytes), path)
        if names is not None:
            self.administer("-setQuota", str(names), path)

    def clear_quota(self, path: str) -> None:
        """Take both limits off a folder. Raises InfrastructureError."""
        self.administer("-clrSpaceQuota", path)
        self.administer("-clrQuota", path)

    def administer(self, *arguments: str) -> str:
        """Run Hadoop's own `dfsadmin` and return its output.

        Raises:
            InfrastructureError: It refuses.
        """
        return self._jvm.run(_ADMIN, *arguments, variables=self._login("hdfs") if self.kerberos else {})

    def shell(self, *arguments: str, user: str | None = None) -> str:
        """Run Hadoop's own `hadoop fs` as `user`, or as a user without a ticket, and return its output.

        Raises:
            InfrastructureError: It fails.
        """
        return self._jvm.run(_SHELL, *arguments, variables=self._login(user) if user else {})

    def delegation_token(self, user: str = "assay") -> str:
        """Return a token of the NameNode with which WebHDFS serves `user` without a ticket (`?delegation=`).

        Only where there is Kerberos. Raises InfrastructureError.
        """
        with TemporaryDirectory(dir=self.layout.temporary) as folder:
            file = Path(folder) / "token"
            self._jvm.run(_TOKEN, str(file), variables=self._login(user))
            return token_in(file.read_bytes())

    def _namesystem(self) -> dict[str, Any]:
        return self._parts.web("namenode").jmx("NameNode:FSNamesystemState")

    @cached_property
    def _jvm(self) -> Jvm:
        options = (f"-Djava.security.krb5.conf={self.kerberos.configuration}",) if self.kerberos else ()
        return Jvm(find_java(), (self.layout.conf, self.layout.classes, FOLDER / "*"), options)

    @cached_property
    def _parts(self) -> Daemons:
        return Daemons(self.layout, self.state, self._jvm, self.kerberos)

    def _login(self, user: str) -> dict[str, str]:
        return self.kerberos.login(user) if self.kerberos else {"HADOOP_USER_NAME": user}

    def _prepare(self) -> None:
        fetch_jars()
        self.layout.make()
        ports = self.state.ports
        sites = {
            "core-site": configuration.core_site(self.layout, ports),
            "hdfs-site": configuration.hdfs_site(self.layout, ports),
            "yarn-site": configuration.yarn_site(ports),
            "capacity-scheduler": configuration.capacity_scheduler(),
        }
        for name, properties in sites.items():
            guarded = self.kerberos.sites().get(name, {}) if self.kerberos else {}
            write_site(self.conf / f"{name}.xml", {**properties, **guarded, **self._more.get(name, {})})
        configuration.write_classes(self.layout)

    def _format(self) -> None:
        # Formatting writes an image last: where it was killed before that, it is done again.
        if not any(self.layout.names.glob("current/fsimage_*[0-9]")):
            self._jvm.run(NAMENODE, "-format", "-force", "-nonInteractive", variables={})

    def _start_kdc(self) -> list[str]:
        """The name of the key distribution centre, if it had to be started.

        The start makes all earlier keys worthless.
        """
        if self.kerberos is None or self.kdc is None or (self.kdc.pid is not None and self.kerberos.is_handed_out):
            return []
        self._stop()
        self._prepare()
        self.kerberos.prepare(self._jvm.home)
        self.kdc.start()
        self.kerberos.hand_out()
        return [self.kdc.name]

    def _make_folders(self) -> None:
        """Make folders for users who are not the superuser, as those of a guarded cluster are not."""
        if self.kerberos is not None:
            make_folders(self._parts.web("namenode"), ["assay"])

    def _stop(self) -> list[str]:
        living = [process for process in self.processes if process.pid is not None]
        nodes = [process for process in self.processes if process.name.startswith("nodemanager")]
        _end(nodes, _NODE_STOP_TIMEOUT_SECONDS)
        _end(self.processes, STOP_TIMEOUT_SECONDS)
        kill_containers(self.layout)
        wait_until(lambda: not container_processes(self.layout), "the end of the containers")
        return [process.name for process in living]


def _end(processes: list[Process], patience: float) -> None:
    for process in processes:
        process.terminate()
    for process in processes:
        process.stop(patience)
