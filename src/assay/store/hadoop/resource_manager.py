"""YARN's ResourceManager over REST: the applications with a tag, the end of one, and its last log lines."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from assay.core.operations.hadoop_errors import hadoop_fault
from assay.errors import InfrastructureError
from assay.store.hadoop.delegation_tokens import TokenProvider
from assay.store.hadoop.webhdfs import RETRY_SECONDS
from assay.store.users import hadoop_user

if TYPE_CHECKING:
    import requests

TIMEOUT_SECONDS = (5.0, 30.0)
_TOKEN = "X-Hadoop-Delegation-Token"
_KILL_HINT = "end it with 'yarn application -kill', as a user who may"
_REFUSED = (401, 403)
_OVER = frozenset({"FINISHED", "FAILED", "KILLED"})


@dataclass(frozen=True, slots=True)
class Application:
    """One application of YARN, as its ResourceManager describes it.

    `vcore_seconds` and `megabyte_seconds` are what was allocated, used or not.
    """

    id: str
    state: str
    final_status: str
    queue: str
    tracking: str
    logs: str
    diagnostics: str
    vcore_seconds: int
    megabyte_seconds: int

    @property
    def over(self) -> bool:
        """Return whether it has ended, successfully or not."""
        return self.state in _OVER


@dataclass(frozen=True, slots=True)
class YarnState:
    """The version of YARN, its nodes that take work, and those that are lost or unhealthy."""

    version: str
    active_nodes: int
    bad_nodes: int


class ResourceManager:
    """The ResourceManagers at some web addresses.

    The first one that answers serves a request, and a standby one names the active one. A secured cluster takes the
    tokens of `right`.
    """

    def __init__(self, web: Sequence[str], right: TokenProvider | None = None) -> None:
        self._web = tuple(address.rstrip("/") for address in web)
        self._right = right
        self._token = ""

    def tagged(self, tag: str) -> list[Application]:
        """Return the applications with that tag that YARN remembers, newest first.

        Raises:
            InfrastructureError: YARN does not answer, or refuses the request.
        """
        listing = self._get("/ws/v1/cluster/apps", {"applicationTags": tag})
        applications = [_application(one) for one in (listing.get("apps") or {}).get("app", [])]
        return sorted(applications, key=lambda one: one.id, reverse=True)

    def state(self) -> YarnState:
        """Return the version and the number of nodes.

        Raises:
            InfrastructureError: As `tagged` does.
        """
        about = self._get("/ws/v1/cluster/info")["clusterInfo"]
        nodes = self._get("/ws/v1/cluster/metrics")["clusterMetrics"]
        bad = int(nodes.get("lostNodes", 0)) + int(nodes.get("unhealthyNodes", 0))
        return YarnState(str(about.get("hadoopVersion", "")), int(nodes.get("activeNodes", 0)), bad)

    def newest(self, tag: str, *, after: str = "") -> str:
        """Return the id of the newest application with that tag; empty if there is none, or if it still is `after`.

        Raises:
            InfrastructureError: As `tagged` does.
        """
        applications = self.tagged(tag)
        return applications[0].id if applications and applications[0].id != after else ""

    def application(self, name: str) -> Application:
        """Return one application.

        Raises:
            InfrastructureError: YARN does not answer, or refuses the request.
        """
        return _application(self._get(f"/ws/v1/cluster/apps/{name}")["app"])

    def kill(self, name: str) -> None:
        """Request the end of an application, without effect if it has ended.

        Raises:
            InfrastructureError: YARN refuses, or does not answer.
        """
        import requests

        for address in self._web:
            try:
                answer = requests.put(
                    f"{address}/ws/v1/cluster/apps/{name}/state",
                    params={} if self._right else {"user.name": hadoop_user()},
                    json={"state": "KILLED"},
                    headers=self._headers(),
                    timeout=TIMEOUT_SECONDS,
                )
            except requests.RequestException:
                continue
            if answer.ok:
                return
            raise InfrastructureError(
                f"YARN does not kill {name}: HTTP {answer.status_code}", code="not-killed", hint=_KILL_HINT
            )
        raise InfrastructureError(
            f"no ResourceManager at {', '.join(self._web)} took the request to kill {name}",
            code="not-killed",
            hint=_KILL_HINT,
        )

    def wait(self, name: str, *, pause: float = 1.0, watch: Callable[[Application], None] | None = None) -> Application:
        """Return the application once it has ended.

        `watch` is called with the running application before each pause of `pause` seconds.
        """
        while not (application := self.application(name)).over:
            if watch is not None:
                watch(application)
            time.sleep(pause)
        return application

    def last_words(self, application: Application, lines: int = 30) -> list[str]:
        """Return the last lines that the driver of an application in cluster mode wrote, up to `lines` of each stream.

        They come from its NodeManager. None are returned where it no longer has them.
        """
        import requests

        container = application.logs.rstrip("/").split("/")[-2:-1]
        if not container or "/node/containerlogs/" not in application.logs:
            return []
        node = application.logs.split("/node/", 1)[0]
        log_lines: list[str] = []
        for name in ("stdout", "stderr"):
            place = f"{node}/ws/v1/node/containers/{container[0]}/logs/{name}"
            try:
                answer = requests.get(place, params={"size": "-20000"}, timeout=TIMEOUT_SECONDS)
            except requests.RequestException:
                continue
            if answer.ok:
                log_lines += _contents(answer.content.decode("utf-8", "replace"))[-lines:]
        return log_lines

    def _get(self, path: str, params: Mapping[str, str] | None = None) -> dict[str, Any]:
        import requests

        if not self._web:
            raise InfrastructureError(
                "the environment names no address of YARN's ResourceManager",
                code="no-resource-manager",
                hint="add 'yarn: {web: [\"http://resource-manager:8088\"]}' to the environment",
            )
        error_name = ""
        for pause in (*RETRY_SECONDS, None):
            for address in self._web:
                try:
                    answer = self._ask(address + path, dict(params or {}))
                    answer.raise_for_status()
                    document: dict[str, Any] = answer.json()
                    return document
                except (requests.RequestException, ValueError) as error:
                    error_name = type(error).__name__
            if pause is not None:
                time.sleep(pause)
        raise InfrastructureError(
            f"YARN's ResourceManager does not answer at {', '.join(self._web)} ({error_name})",
            code="yarn-unreachable",
            hint="is it running, and is 'yarn: web:' of the environment its web address?",
        )

    def _ask(self, address: str, params: Mapping[str, str]) -> requests.Response:
        """Return the answer, with a new token where the present one is refused.

        Raises:
            InfrastructureError: The new token is refused, too.
        """
        import requests

        if self._right is not None and not self._token:
            self._token = self._right.yarn()
        answer = requests.get(address, params=params, headers=self._headers(), timeout=TIMEOUT_SECONDS)
        if answer.status_code in _REFUSED and self._right is not None:
            self._token = self._right.yarn(self._token)
            answer = requests.get(address, params=params, headers=self._headers(), timeout=TIMEOUT_SECONDS)
        if answer.status_code in _REFUSED:
            fault = hadoop_fault("Authentication failure")
            assert fault is not None, "these are the words for it"
            raise fault
        return answer

    def _headers(self) -> dict[str, str]:
        return {_TOKEN: self._token} if self._token else {}


def _contents(text: str) -> list[str]:
    r"""Return the lines of a log that are not blank, without what a NodeManager puts around them.

    >>> _contents("Container: c1 on n1\nLogType:stdout\nLogContents:\ndone\n\nEnd of LogType:stdout.\n***\n")
    ['done']
    """
    inside = text.split("LogContents:\n", 1)[-1].rsplit("\nEnd of LogType:", 1)[0]
    return [line for line in inside.splitlines() if line.strip()]


def _application(data: Mapping[str, Any]) -> Application:
    return Application(
        id=data["id"],
        state=data["state"],
        final_status=data["finalStatus"],
        queue=data.get("queue", ""),
        tracking=data.get("trackingUrl", "") or "",
        logs=data.get("amContainerLogs", "") or "",
        diagnostics=str(data.get("diagnostics", "")).strip(),
        vcore_seconds=int(data.get("vcoreSeconds", 0)),
        megabyte_seconds=int(data.get("memorySeconds", 0)),
    )
