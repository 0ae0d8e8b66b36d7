"""The command line and the environment of a Java program of Hadoop."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from assay.errors import InfrastructureError

_OPTIONS = ("-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Djava.net.preferIPv4Stack=true")
_SECONDS = 60.0
_KEPT = ("HOME", "LANG", "LOGNAME", "PATH", "TZ", "USER")


@dataclass(frozen=True, slots=True)
class Jvm:
    """A Java with Hadoop's jars on its class path. `options` go to every JVM."""

    home: Path
    class_path: tuple[Path | str, ...]
    options: tuple[str, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)

    def command(
        self, main: str, *arguments: str, options: Sequence[str] = (), before: Sequence[Path] = ()
    ) -> list[str]:
        """Return the command line that runs a main class; `before` comes first on the class path."""
        class_path = os.pathsep.join(str(entry) for entry in (*before, *self.class_path))
        return [
            str(self.home / "bin" / "java"),
            *_OPTIONS,
            *self.options,
            *options,
            "-cp",
            class_path,
            main,
            *arguments,
        ]

    def environment(self, **overrides: str) -> dict[str, str]:
        """Return the few variables of this process's environment that a daemon may see, with `overrides` on top.

        HADOOP_USER_NAME, proxies and a virtual environment of the caller are not among them: a cluster does not depend
        on the user who started it.
        """
        kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
        return {**kept, "JAVA_HOME": str(self.home), **self.variables, **overrides}

    def run(self, main: str, *arguments: str, variables: Mapping[str, str]) -> str:
        """Run a program to its end, with `variables` in its environment, and return its output.

        Raises:
            InfrastructureError: It ended with another code than 0 (`hadoop-program`); the error has the end of its
                output.
        """
        done = subprocess.run(
            self.command(main, *arguments),
            env=self.environment(**variables),
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        if done.returncode != 0:
            last_lines = "\n".join((done.stdout + done.stderr).splitlines()[-20:])
            name = main.rsplit(".", 1)[-1]
            raise InfrastructureError(
                f"{name} {' '.join(arguments)} ended with code {done.returncode}:\n{last_lines}", code="hadoop-program"
            )
        return done.stdout
