"""The two jars that teach Spark to read and write Delta tables: which, where, and how they get here."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from assay.errors import AssayError, InfrastructureError, InputError
from assay.spark.session.ca_certificates import java_trust
from assay.spark.session.java import find_java

GROUP = "io.delta"
VERSION = "4.4.0"
CHECKSUMS = {
    "delta-spark_4.2_2.13": "27d4fd8b1f879535c573ed1c718177d6a27f24d3e626ba02e216369725721ead",
    "delta-storage": "c46735481fa8e326b0957be02b4420cbcab4b325bb08009b7f2045a95133f1cc",
}
"""sha256 of each jar, by the name of its artifact: pinned when they were first fetched and tried with pyspark 4.2.0."""

# Only the central resolver: with Ivy's default settings a local Maven cache that holds a POM alone counts as a hit.
_SETTINGS = """<ivysettings>
  <settings defaultResolver="central"/>
  <resolvers><ibiblio name="central" m2compatible="true"/></resolvers>
</ivysettings>
"""


def jar_name(artifact: str) -> str:
    """The file name of an artifact's jar.

    >>> jar_name("delta-storage")
    'delta-storage-4.4.0.jar'
    """
    return f"{artifact}-{VERSION}.jar"


def installed_jars() -> list[Path]:
    """The jars that a session has to be given, or an empty list where Spark's own folder of jars already holds them.

    Looked for in Spark's own folder, then in the folder that ASSAY_JARS names, then in `.tools/jars` of the project.

    Raises:
        InputError: They are in none of these (`no-delta-jars`).
    """
    if _complete(spark_home() / "jars"):
        return []
    named = os.environ.get("ASSAY_JARS")
    folders = [Path(named)] if named else [p / ".tools" / "jars" for p in (Path.cwd(), *Path(__file__).parents)]
    for folder in folders:
        if _complete(folder):
            return [folder.resolve() / jar_name(artifact) for artifact in CHECKSUMS]
    raise InputError(
        f"the Delta jars ({', '.join(jar_name(a) for a in CHECKSUMS)}) are not installed"
        + (f" in {named}, which ASSAY_JARS names" if named else ""),
        code="no-delta-jars",
        hint="run 'make install' in a checkout of Assay; for an installed wheel "
        "'python -m assay.spark.session.jars FOLDER', then 'python -m assay.spark.session.spark_conf FOLDER'",
    )


def fetch_jars(destination: Path, *, ivy_home: Path | None = None) -> list[Path]:
    """Both jars in `destination`, checked; those that are there already and are sound are not fetched again.

    They are fetched by the Ivy inside pyspark, one module each and without dependencies: Spark has all the others.

    Raises:
        InputError: No Java to run Ivy with.
        InfrastructureError: The jar could not be fetched, or what came is not what was pinned.
    """
    destination.mkdir(parents=True, exist_ok=True)
    ivy_home = ivy_home or destination.parent / "ivy"
    jars = []
    for artifact, checksum in CHECKSUMS.items():
        jar = destination / jar_name(artifact)
        if not (jar.is_file() and sha256(jar) == checksum):
            _retrieve(artifact, checksum, jar, ivy_home)
        jars.append(jar)
    return jars


def _retrieve(artifact: str, checksum: str, jar: Path, ivy_home: Path) -> None:
    ivy_home.mkdir(parents=True, exist_ok=True)
    settings = ivy_home / "settings.xml"
    settings.write_text(_SETTINGS, encoding="utf-8")
    incoming = ivy_home / "incoming"
    # -notransitive, as the dependencies of Delta are a second copy of Spark.
    command = [
        *(str(find_java() / "bin" / "java"), *java_trust(ivy_home), "-jar", str(_ivy())),
        *("-settings", str(settings), "-cache", str(ivy_home / "cache")),
        *("-dependency", GROUP, artifact, VERSION, "-notransitive", "-confs", "default"),
        *("-retrieve", f"{incoming}/[artifact]-[revision].[ext]"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    fetched = incoming / jar.name
    if done.returncode != 0 or not fetched.is_file():
        ivy_lines = [line.strip() for line in (done.stdout + done.stderr).splitlines() if line.strip()]
        raise InfrastructureError(
            f"{jar.name} could not be fetched from Maven Central: {'; '.join(ivy_lines[-3:]) or 'Ivy printed nothing'}",
            code="jar-fetch",
            hint="is there a network? run 'make install' again",
        )
    fetched_checksum = sha256(fetched)
    if fetched_checksum != checksum:
        fetched.unlink()
        raise InfrastructureError(
            f"{jar.name} has the checksum {fetched_checksum}, not {checksum}: it was refused",
            code="jar-checksum",
            hint="run 'make install' again; if it stays, the repository of the jars has other bytes",
        )
    fetched.replace(jar)


def spark_home() -> Path:
    """The folder of the installed Spark: SPARK_HOME, else pyspark's own."""
    named = os.environ.get("SPARK_HOME")
    if named:
        return Path(named)
    spec = find_spec("pyspark")
    if spec is None or spec.origin is None:
        raise InputError("pyspark is not installed", code="no-pyspark", hint="run 'make install'")
    return Path(spec.origin).parent


def sha256(path: Path) -> str:
    """The sha256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _complete(folder: Path) -> bool:
    return all((folder / jar_name(artifact)).is_file() for artifact in CHECKSUMS)


def _ivy() -> Path:
    ivy_jars = sorted((spark_home() / "jars").glob("ivy-*.jar"))
    if not ivy_jars:
        raise InfrastructureError(
            f"there is no Ivy in {spark_home() / 'jars'}", code="no-ivy", hint="install pyspark again"
        )
    return ivy_jars[-1]


def main(arguments: list[str]) -> int:
    """Fetch the jars into the one folder named; the reason goes to stderr where that fails."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m assay.spark.session.jars FOLDER\n")
        return 2
    try:
        fetch_jars(Path(arguments[0]))
    except AssayError as error:
        sys.stderr.write(error.render() + "\n")
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
