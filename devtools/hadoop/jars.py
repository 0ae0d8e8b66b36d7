"""Hadoop's jars: the pinned list, and how they are fetched."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from assay.errors import InfrastructureError
from assay.spark.session.ca_certificates import java_trust
from assay.spark.session.jars import sha256, spark_home
from assay.spark.session.java import find_java
from devtools.hadoop.lock import exclusive

FOLDER = Path(__file__).parents[2] / ".tools" / "hadoop" / "jars"
"""The folder of the jars: shared by all clusters of this checkout."""

LIST = Path(__file__).parent / "jars.txt"
_PROCESSES = 4
_TRIES = 3

# The list names every jar, so no POM is fetched; the checksums that count are those of the list.
_SETTINGS = """<ivysettings>
  <settings defaultResolver="central"/>
  <resolvers>
    <ibiblio name="central" m2compatible="true" usepoms="false" useMavenMetadata="false" checksums="none"/>
  </resolvers>
</ivysettings>
"""


@dataclass(frozen=True, slots=True)
class Jar:
    """A jar of Maven Central, and the sha256 of its bytes."""

    group: str
    artifact: str
    version: str
    sha256: str

    @property
    def name(self) -> str:
        """Its file name."""
        return f"{self.artifact}-{self.version}.jar"


def pinned_jars(pins: Path = LIST) -> list[Jar]:
    """The jars of a list such as `jars.txt`, of which each line is `group:artifact:version sha256`."""
    lines = (line.split() for line in pins.read_text(encoding="ascii").splitlines() if not line.startswith("#"))
    return [Jar(*f"{coordinates}:{checksum}".split(":", 3)) for coordinates, checksum in lines]


def fetch_jars(folder: Path = FOLDER, pins: Path = LIST) -> Path:
    """Return the folder with exactly the jars of a list, checked; those that are there are not fetched again.

    They are fetched by the Ivy inside pyspark, a few processes at a time: no Maven is needed.

    Raises:
        InputError: No Java to run Ivy with.
        InfrastructureError: A jar could not be fetched, or its bytes are not those that were pinned.
    """
    with exclusive(folder.parent / "lock"):
        stamp = folder.parent / "complete"
        wanted = hashlib.sha256(pins.read_bytes()).hexdigest()
        if not (folder.is_dir() and stamp.is_file() and stamp.read_text() == wanted):
            folder.mkdir(parents=True, exist_ok=True)
            _complete(folder, pinned_jars(pins))
            stamp.write_text(wanted)
    return folder


def _complete(folder: Path, jars: list[Jar]) -> None:
    for path in folder.iterdir():
        if path.name not in {jar.name for jar in jars}:
            path.unlink()
    ivy = folder.parent / "ivy"
    missing = [jar for jar in jars if not _is_sound(folder / jar.name, jar)]
    ivy_text = ""
    for _ in range(_TRIES):
        if missing:
            shutil.rmtree(ivy, ignore_errors=True)
            ivy_text = _fetch(missing, ivy)
            missing = [jar for jar in missing if not _take(jar, ivy / "incoming", folder)]
    if missing:
        raise InfrastructureError(
            f"{len(missing)} of {len(jars)} jars could not be fetched from Maven Central, or are not what was"
            f" pinned ({missing[0].name} among them): {ivy_text or 'Ivy printed nothing'}",
            code="jar-fetch",
            hint="is there a network? run it again: what came is kept",
        )
    shutil.rmtree(ivy, ignore_errors=True)


def _fetch(jars: list[Jar], ivy: Path) -> str:
    """Let Ivy fetch the jars into `ivy/incoming`, in a few processes.

    Return the end of the output of the last process that failed.
    """
    ivy.mkdir(parents=True)
    (ivy / "settings.xml").write_text(_SETTINGS)
    java = [str(find_java() / "bin" / "java"), *java_trust(ivy), "-jar", str(_ivy_jar())]
    running: dict[Path, subprocess.Popen[bytes]] = {}
    for number in range(min(_PROCESSES, len(jars))):
        module_file, log = ivy / f"{number}.xml", ivy / f"{number}.log"
        module_file.write_text(_module(jars[number::_PROCESSES]))
        command = [
            *(*java, "-settings", str(ivy / "settings.xml"), "-cache", str(ivy / f"cache-{number}")),
            *("-ivy", str(module_file), "-confs", "default"),
            *("-retrieve", f"{ivy}/incoming/[artifact]-[revision].[ext]"),
        ]
        with log.open("wb") as output:
            running[log] = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
    failed = [log for log, process in running.items() if process.wait() != 0]
    return "; ".join(line.strip() for log in failed[-1:] for line in log.read_text().splitlines()[-3:])


def _module(jars: list[Jar]) -> str:
    wanted = "\n".join(
        f'    <dependency org="{jar.group}" name="{jar.artifact}" rev="{jar.version}" transitive="false"'
        ' conf="default->default"/>'
        for jar in jars
    )
    return f"""<ivy-module version="2.0">
  <info organisation="assay" module="hadoop"/>
  <configurations><conf name="default"/></configurations>
  <dependencies>
{wanted}
  </dependencies>
</ivy-module>
"""


def _take(jar: Jar, incoming: Path, folder: Path) -> bool:
    fetched = incoming / jar.name
    if not _is_sound(fetched, jar):
        return False
    fetched.replace(folder / jar.name)
    return True


def _is_sound(path: Path, jar: Jar) -> bool:
    return path.is_file() and sha256(path) == jar.sha256


def _ivy_jar() -> Path:
    ivy_jars = sorted((spark_home() / "jars").glob("ivy-*.jar"))
    if not ivy_jars:
        raise InfrastructureError(f"there is no Ivy in {spark_home() / 'jars'}", code="no-ivy")
    return ivy_jars[-1]
