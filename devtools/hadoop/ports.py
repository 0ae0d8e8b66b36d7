"""Free ports of loopback."""

from __future__ import annotations

import random
import socket
from collections.abc import Iterable, Mapping

# Below the ports that Linux gives to clients: no client may use the port of a daemon that is to start again.
_RANGE = range(20_000, 32_000)


STANDARD = {"namenode": 8020, "namenode-web": 9870, "resourcemanager-web": 8088}
"""The ports that Hadoop's own documentation names, for those that people type."""


def with_free_ports(
    names: Iterable[str], known: Mapping[str, int], wished: Mapping[str, int] | None = None
) -> dict[str, int]:
    """Return the port of each name: the known one, else the wished one if it is free, else any free one.

    Known ports of other names are kept.
    """
    ports = dict(known)
    for name in names:
        if name in ports:
            continue
        if wished and name in wished and _is_free(wished[name]):
            ports[name] = wished[name]
        else:
            candidates = (port for port in random.sample(_RANGE, len(_RANGE)) if port not in ports.values())
            ports[name] = next(port for port in candidates if _is_free(port))
    return ports


def free_port() -> int:
    """Return any port that is free now."""
    return with_free_ports(["any"], {})["any"]


def _is_free(port: int) -> bool:
    with socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            server.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
