"""The decisions of a cluster's first start, which stay: its ports, its daemons, and whether Kerberos guards it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from assay.errors import InputError
from devtools.hadoop.configuration import port_names
from devtools.hadoop.ports import with_free_ports

DATANODES = ("datanode-1", "datanode-2")


@dataclass(frozen=True, slots=True)
class State:
    """The number of NodeManagers, whether Kerberos guards the cluster, and the port of each use."""

    nodemanagers: int = 1
    kerberos: bool = False
    ports: dict[str, int] = field(default_factory=dict)

    @property
    def nodemanager_names(self) -> list[str]:
        """The NodeManagers, from `nodemanager-1` on."""
        return [f"nodemanager-{number}" for number in range(1, self.nodemanagers + 1)]


def settle(
    path: Path, *, nodemanagers: int | None, kerberos: bool | None, wished: Mapping[str, int] | None = None
) -> State:
    """Return the state in the file `path`, changed by the arguments that are not None, and write it.

    New ports are free ones; the wished ones are taken where they are free. Old ports stay.

    Raises:
        InputError: The cluster was made without Kerberos and is wanted with it, or the other way round
            (`other-cluster`).
    """
    known = State(**json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else State(kerberos=bool(kerberos))
    if kerberos not in (None, known.kerberos):
        raise InputError(
            f"the cluster in {path.parent} was made {'with' if known.kerberos else 'without'} Kerberos",
            code="other-cluster",
            hint="name another folder, or stop that cluster and remove its folder",
        )
    state = replace(known, nodemanagers=nodemanagers or known.nodemanagers)
    names = port_names(DATANODES, state.nodemanager_names, kerberos=state.kerberos)
    state = replace(state, ports=with_free_ports(names, known.ports, wished))
    if state != known or not path.is_file():
        temporary = path.with_suffix(".new")
        temporary.write_text(json.dumps(asdict(state), indent=1) + "\n", encoding="utf-8")
        temporary.replace(path)
    return state
