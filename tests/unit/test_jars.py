"""The Delta jars: found, fetched, checked; faked only where a network or a registry would fail."""

from __future__ import annotations

from pathlib import Path

import pytest

from assay.errors import InfrastructureError, InputError
from assay.spark.session import jars, spark_conf
from assay.spark.session.jars import CHECKSUMS, fetch_jars, installed_jars, jar_name, main

from ..expect_errors import error_codes, missing_data, raises_code


@pytest.fixture
def spark_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A Spark without the Delta jars, in a place where nothing else has them either."""
    home = tmp_path / "spark"
    (home / "jars").mkdir(parents=True)
    monkeypatch.setenv("SPARK_HOME", str(home))
    monkeypatch.delenv("ASSAY_JARS", raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(jars, "__file__", str(tmp_path / "site-packages" / "assay" / "spark" / "jars.py"))
    return home


def fill(folder: Path) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    filled = [folder / jar_name(artifact) for artifact in CHECKSUMS]
    for jar in filled:
        jar.write_bytes(jar.name.encode())
    return filled


def fake_ivy(monkeypatch: pytest.MonkeyPatch, home: Path, tmp_path: Path, script: str) -> None:
    """A `java` that does what `script` says where Ivy would run; `$incoming` is where Ivy puts what it fetched."""
    (home / "jars" / "ivy-2.5.3.jar").touch()
    java = tmp_path / "jdk" / "bin" / "java"
    java.parent.mkdir(parents=True)
    java.write_text(
        '#!/bin/sh\nif [ "$1" = -version ]; then echo \'openjdk version "17.0.1"\' >&2; exit 0; fi\n'
        f'for last; do :; done\nincoming=${{last%/*}}\nmkdir -p "$incoming"\n{script}\n'
    )
    java.chmod(0o755)
    monkeypatch.setenv("JAVA_HOME", str(java.parents[1]))
    monkeypatch.delenv("ASSAY_JAVA", raising=False)


def test_jars_in_sparks_own_folder_need_not_be_named(spark_of_its_own: Path) -> None:
    fill(spark_of_its_own / "jars")
    assert installed_jars() == []


@pytest.mark.usefixtures("spark_of_its_own")
def test_the_folder_named_by_the_environment_comes_before_the_projects(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    in_project = fill(tmp_path / ".tools" / "jars")
    assert installed_jars() == in_project
    elsewhere = fill(tmp_path / "elsewhere")
    monkeypatch.setenv("ASSAY_JARS", str(elsewhere[0].parent))
    assert installed_jars() == elsewhere


@pytest.mark.usefixtures("spark_of_its_own")
def test_missing_jars_say_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    with raises_code(InputError, "no-delta-jars", jar_name("delta-spark_4.2_2.13"), "make install"):
        installed_jars()
    monkeypatch.setenv("ASSAY_JARS", "nowhere")
    with raises_code(InputError, "no-delta-jars", jar_name("delta-spark_4.2_2.13"), "nowhere", "ASSAY_JARS"):
        installed_jars()


def test_a_jar_with_another_checksum_is_refused_and_not_kept(
    monkeypatch: pytest.MonkeyPatch, spark_of_its_own: Path, tmp_path: Path
) -> None:
    artifact = "delta-spark_4.2_2.13"
    fake_ivy(monkeypatch, spark_of_its_own, tmp_path, f'echo evil > "$incoming/{jar_name(artifact)}"')
    with raises_code(InfrastructureError, "jar-checksum", jar_name(artifact), CHECKSUMS[artifact]):
        fetch_jars(tmp_path / "jars")
    assert not list((tmp_path / "jars").iterdir())
    assert not list((tmp_path / "ivy").rglob("*.jar"))


def test_a_fetch_that_fails_says_what_ivy_said(
    monkeypatch: pytest.MonkeyPatch,
    spark_of_its_own: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    fake_ivy(monkeypatch, spark_of_its_own, tmp_path, "echo UNRESOLVED DEPENDENCIES; exit 1")
    assert main([str(tmp_path / "jars")]) == 4
    stderr_text = capsys.readouterr().err
    assert (error_codes(stderr_text), missing_data(stderr_text, "UNRESOLVED DEPENDENCIES")) == (["jar-fetch"], [])


def test_jars_that_stand_and_are_sound_are_not_fetched_again(
    monkeypatch: pytest.MonkeyPatch, spark_of_its_own: Path, tmp_path: Path
) -> None:
    monkeypatch.setattr(jars, "CHECKSUMS", {"delta-storage": jars.sha256(fill(tmp_path / "jars")[1])})
    monkeypatch.setenv("JAVA_HOME", "nowhere")  # whoever asked for a Java would fail
    assert [jar.name for jar in fetch_jars(tmp_path / "jars")] == ["delta-storage-4.4.0.jar"]
    assert spark_of_its_own.exists()


def test_an_installed_spark_has_the_jars_and_its_settings_and_can_be_installed_again(tmp_path: Path) -> None:
    fill(tmp_path / "jars")
    home, bin_folder = tmp_path / "lib" / "pyspark", tmp_path / "bin"
    (home / "jars").mkdir(parents=True)
    bin_folder.mkdir()
    for _ in range(2):
        spark_conf.install_spark_conf(tmp_path / "jars", home=home, bin_folder=bin_folder)
    assert sorted(p.name for p in (home / "jars").iterdir()) == sorted(jar_name(a) for a in CHECKSUMS)
    assert sorted(p.name for p in (home / "conf").iterdir()) == [
        "log4j2.properties",
        "spark-defaults.conf",
        "spark-env.sh",
    ]
    assert (bin_folder / "spark-distribution" / "jars").is_dir()
    assert f'PATH="{bin_folder}:$PATH"' in (home / "conf" / "spark-env.sh").read_text()
