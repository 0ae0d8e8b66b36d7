"""HDFS over HTTP, without a JVM: bounded retries, lost DataNodes left out, faults by their names.

The single requests are those of `hdfs_client`.
"""

from __future__ import annotations

import errno
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import IO, Any, TypeVar
from urllib.parse import urlsplit

from assay.core.operations.hadoop_errors import hadoop_fault
from assay.errors import InfrastructureError, InputError
from assay.store.hadoop.delegation_tokens import TokenProvider
from assay.store.hadoop.hdfs_client import HdfsClient, open_client, without_log
from assay.store.users import hadoop_user

RETRY_SECONDS = (0.2, 0.5, 1.0, 2.0, 4.0, 8.0)
"""Seconds between the attempts: a NameNode's restart is waited for, its loss is an error after pauses of 15.7 s."""

_LATER = {
    *("RetriableException", "StandbyException", "SafeModeException"),
    # The errors of a DataNode whose own connection to a restarted NameNode is gone.
    *("EOFException", "ConnectException", "SocketTimeoutException", "ConnectTimeoutException", "SocketException"),
}
_CONNECTION_LOST = "Failed on local exception"
"""The message of Hadoop's RPC, as a plain IOException, where the other side closed the connection that it had kept."""

_NUMBERS = {
    "FileNotFoundException": errno.ENOENT,
    "FileAlreadyExistsException": errno.EEXIST,
    "AccessControlException": errno.EACCES,
    "SecurityException": errno.EACCES,
    "ParentNotDirectoryException": errno.ENOTDIR,
}
_Answer = TypeVar("_Answer")


@dataclass(frozen=True, slots=True)
class HdfsStatus:
    """A file or folder as the NameNode knows it; `st_ino` is its file id, which survives a rename."""

    st_ino: int
    st_size: int
    st_mtime_ns: int
    is_folder: bool

    @property
    def st_mtime(self) -> float:
        """Seconds since the epoch, by the NameNode's clock."""
        return self.st_mtime_ns / 1e9


@dataclass(slots=True)
class WebHdfs:
    """One HDFS, at the WebHDFS addresses of its NameNodes. `sent` and `received` count the bytes of file contents.

    A secured HDFS takes the tokens of `right`: one with the first request, and a new one where it has expired.

    Every method raises OSError (FileNotFoundError, PermissionError, ...) as a local file system would, and
    InfrastructureError where HDFS itself is at fault: unreachable, in safe mode, a quota, no DataNode.
    """

    client: HdfsClient
    right: TokenProvider | None = None
    sent: int = 0
    received: int = 0

    def status(self, path: str) -> HdfsStatus:
        """Return the NameNode's status of the path."""
        return _status(self._ask(path, lambda _: self.client.file_status(path)))

    def user(self) -> str:
        """Return the short name of the user for whom the NameNode takes this process: its ticket's, or its token's."""
        return self._ask("/", lambda _: self.client.home_directory()).rpartition("/")[2]

    def children(self, path: str) -> list[tuple[str, HdfsStatus]]:
        """Return the names in a folder with their statuses; for a file, a single empty name."""
        statuses = self._ask(path, lambda _: self.client.list_status(path))
        return [(one["pathSuffix"], _status(one)) for one in statuses]

    def read(self, path: str) -> bytes:
        """Return the whole content."""
        data: bytes = self._ask(path, lambda lost: self.client.open(path, lost).content)
        self.received += len(data)
        return data

    def stream(self, path: str) -> IO[bytes]:
        """Return the content as it comes; its reader adds to `received`."""
        content: IO[bytes] = self._ask(path, lambda lost: self.client.open(path, lost).raw)
        return content

    def write(self, path: str, data: bytes | Iterable[bytes], size: int) -> None:
        """Let the path hold exactly `data`, and create its folders.

        This is not atomic: write to a name that no reader uses yet. An iterable is not sent twice: a failure while it
        is sent is raised at once.
        """
        self._ask(path, lambda lost: self.client.write(path, data, lost), once=not isinstance(data, bytes))
        self.sent += size

    def rename(self, source: str, target: str, *, overwrite: bool) -> None:
        """Rename the file in one step; raise FileExistsError if `target` exists and is not to be overwritten."""
        option = "OVERWRITE" if overwrite else "NONE"
        self._ask(target, lambda _: self.client.rename(source, target, option))

    def remove(self, path: str, *, recursive: bool = False) -> bool:
        """Remove the path, and return whether there was something to remove."""
        return self._ask(path, lambda _: self.client.delete(path, recursive=recursive))

    def _ask(self, path: str, ask: Callable[[Mapping[str, str]], _Answer], *, once: bool = False) -> _Answer:
        """Return the answer to a request, which is repeated after a pause where HDFS may soon be able to give one.

        `ask` takes the option that leaves out the hosts of the DataNodes that did not answer: the NameNode may name one
        of them until it misses its heartbeat. The option names the host alone, as Hadoop's own client does. With a port
        the NameNode takes it for the address of data transfers, which WebHDFS does not give.
        """
        from hdfs.util import HdfsError
        from requests.exceptions import RequestException

        lost: set[str] = set()
        renewable = self._admit()
        for pause in (*RETRY_SECONDS, None):
            try:
                with without_log():
                    return ask({"excludedatanodes": ",".join(sorted(lost))} if lost else {})
            except RequestException as error:
                if node := self._datanode(error):
                    lost.add(node.rsplit(":", 1)[0])
                if pause is None or once:
                    raise self._unreachable(error) from None  # its text may hold a token
            except HdfsError as error:
                if renewable and pause is not None and _refused(error):
                    renewable = not self._admit(again=True)
                    continue
                if pause is None or not (_passes(error) or _all_excluded(error)):
                    raise _explained(path, error) from None
                if _all_excluded(error):
                    lost.clear()  # no other host has the block: one that did not answer may do so by now
            time.sleep(pause)
        raise AssertionError("the last attempt answers or raises")

    def _admit(self, *, again: bool = False) -> bool:
        """Return whether a token goes with each request from now on; `again` replaces one that was refused."""
        if self.right is None:
            return False
        session_params = self.client.parameters
        if again or "delegation" not in session_params:
            session_params["delegation"] = self.right.hdfs(session_params.get("delegation", ""))
        return True

    def _datanode(self, error: Any) -> str:
        """Return the address of the DataNode that did not answer, empty where it was a NameNode."""
        request = getattr(error, "request", None)
        place = urlsplit(request.url).netloc if request is not None and request.url else ""
        return "" if place in {urlsplit(one).netloc for one in self.client.addresses} else place

    def _unreachable(self, error: Any) -> InfrastructureError:
        names = ", ".join(self.client.addresses)
        if node := self._datanode(error):
            return InfrastructureError(
                f"the DataNode {node} does not answer ({type(error).__name__})",
                code="lost-datanode",
                hint="is it running? Its blocks are read from elsewhere as soon as HDFS has replicated them",
            )
        return InfrastructureError(
            f"HDFS does not answer at {names} ({type(error).__name__})",
            code="hdfs-unreachable",
            hint="is the NameNode running, and is 'hdfs: web:' of the environment its WebHDFS address?",
        )


_CONNECTED: dict[tuple[tuple[str, ...], TokenProvider | None], WebHdfs] = {}


def connect(web: tuple[str, ...], right: TokenProvider | None = None) -> WebHdfs:
    """Return the HDFS at these addresses, without a request yet.

    A secured HDFS is opened by the tokens of `right`, another one as `$HADOOP_USER_NAME`, `$SPARK_USER` or the login.

    Raises:
        InputError: There is no address.
    """
    key = (web, right)
    if not web:
        raise InputError(
            "a place on hdfs:// needs the address of WebHDFS",
            code="no-web-address",
            hint="add 'hdfs: {web: [\"http://name-node:9870\"]}' to the environment",
        )
    if key not in _CONNECTED:
        _CONNECTED[key] = WebHdfs(open_client(web, hadoop_user() if right is None else None), right)
    return _CONNECTED[key]


def transferred(web: tuple[str, ...]) -> tuple[int, int]:
    """Return the bytes that this process has sent to HDFS and received from it over HTTP so far."""
    known = [one for key, one in _CONNECTED.items() if key[0] == web]
    return sum(one.sent for one in known), sum(one.received for one in known)


def _status(data: Mapping[str, Any]) -> HdfsStatus:
    return HdfsStatus(data["fileId"], data["length"], data["modificationTime"] * 1_000_000, data["type"] == "DIRECTORY")


def _passes(error: Any) -> bool:
    """Return whether the same request may soon have another answer."""
    return error.exception in _LATER or (error.exception == "IOException" and _CONNECTION_LOST in str(error.message))


def _all_excluded(error: Any) -> bool:
    """Return whether every DataNode that has the block is on a host that was left out, as where all are on one host."""
    return error.exception == "IOException" and "No active and not excluded nodes" in str(error.message)


def _refused(error: Any) -> bool:
    """Return whether HDFS does not take the token of the request, or requires one."""
    # The second is what the package makes of status 401, of which it keeps nothing else.
    return any(words in str(error.message) for words in ("InvalidToken", "Authentication failure"))


def _explained(path: str, error: Any) -> Exception:
    """Return HDFS's answer as the error that a local file system raises, or as a fault of HDFS by its name."""
    hdfs_message = str(error.message).splitlines()[0] if error.message else "no reason given"
    kind = error.exception or ""
    if kind in _NUMBERS and not _refused(error):
        return OSError(_NUMBERS[kind], hdfs_message, path)
    text = f"{kind}: {hdfs_message}" if kind else hdfs_message
    fault = hadoop_fault(text)
    if fault is not None:
        return InfrastructureError(f"{fault.message} ({path})", code=fault.code, hint=fault.hint)
    return OSError(errno.EIO, text, path)
