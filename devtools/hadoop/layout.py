"""The files of a cluster: all of them lie in one folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Layout:
    """The folder of a cluster, and the places in it."""

    home: Path

    @property
    def conf(self) -> Path:
        """HADOOP_CONF_DIR, for clients as for the daemons."""
        return self.home / "conf"

    @property
    def state(self) -> Path:
        """The file with the decisions of the first start: the ports, how many daemons, with Kerberos or without."""
        return self.home / "cluster.json"

    @property
    def lock(self) -> Path:
        """The file that is locked while the cluster is started or stopped."""
        return self.home / "lock"

    @property
    def classes(self) -> Path:
        """The folder of the class path beside the jars."""
        return self.home / "classes"

    @property
    def web(self) -> Path:
        """The empty web pages of the HDFS daemons."""
        return self.home / "web"

    @property
    def names(self) -> Path:
        """The NameNode's image and edits."""
        return self.home / "data" / "namenode"

    @property
    def temporary(self) -> Path:
        """`hadoop.tmp.dir`."""
        return self.home / "data" / "tmp"

    def data(self, daemon: str) -> Path:
        """The data of a DataNode or a NodeManager, by its name."""
        return self.home / "data" / daemon

    def log(self, daemon: str) -> Path:
        """The log with all output of a daemon."""
        return self.home / "logs" / f"{daemon}.log"

    def pid(self, daemon: str) -> Path:
        """The file with the id of a daemon's process."""
        return self.home / "run" / f"{daemon}.pid"

    @property
    def started(self) -> list[str]:
        """The names of all daemons that have been started and not been stopped; some may be dead."""
        return sorted(path.stem for path in (self.home / "run").glob("*.pid"))

    def make(self) -> None:
        """Create the folders that the daemons do not create themselves."""
        for folder in (self.conf, self.classes, self.home / "logs", self.home / "run", self.temporary):
            folder.mkdir(parents=True, exist_ok=True)
