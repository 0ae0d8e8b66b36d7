"""Java, Python, the packages and Delta's jars: each fault is named with what mends it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from assay.core.operations.compatibility import PACKAGES, is_allowed
from assay.doctor import versions
from assay.doctor.versions import check_jars, check_java, check_packages, check_python
from assay.errors import InputError

from ..test_java import fake_java

TESTED = {package.name: package.tested for package in PACKAGES}
RELEASES = st.lists(st.integers(0, 20), min_size=1, max_size=3).map(lambda parts: ".".join(map(str, parts)))


def test_a_java_that_is_too_old_is_a_fault_with_its_version(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("JAVA_HOME", str(fake_java(tmp_path, 'openjdk version "11.0.21"')))
    with pytest.raises(InputError) as raised:
        check_java()
    assert raised.value.code == "wrong-java"
    assert "11" in raised.value.message


def test_a_java_that_is_new_enough_is_shown_with_its_version_and_place(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("JAVA_HOME", str(fake_java(tmp_path, 'openjdk version "21.0.2"')))
    sentence = check_java().sentence
    assert "Java 21" in sentence
    assert str(tmp_path) in sentence


def test_a_python_outside_of_the_range_is_a_fault() -> None:
    assert "3.12.1" in check_python("3.12.1").sentence
    for running in ("3.10.14", "3.14.0"):
        with pytest.raises(InputError) as raised:
            check_python(running)
        assert raised.value.code == "wrong-python"


def test_the_tested_versions_go_together() -> None:
    assert check_packages(lambda name: TESTED[name]).details == ()


def test_this_environment_has_versions_that_go_together() -> None:
    assert check_packages().sentence


@pytest.mark.parametrize(
    ("package", "installed"), [("pyspark", "4.1.4"), ("pandas", "3.1.0"), ("mlflow", "3.18.0"), ("numpy", "")]
)
def test_a_package_that_does_not_go_with_the_others_is_named_with_the_line_to_type(
    package: str, installed: str
) -> None:
    with pytest.raises(InputError) as raised:
        check_packages(lambda name: installed if name == package else TESTED[name])
    assert raised.value.code == "wrong-packages"
    assert f"pip install '{package}" in raised.value.hint


def test_an_allowed_version_that_was_not_tested_is_shown_and_no_fault() -> None:
    [detail] = check_packages(lambda name: "2.3.5" if name == "numpy" else TESTED[name]).details
    assert "numpy 2.3.5" in detail


def test_jars_of_another_delta_than_the_package_are_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(versions, "installed_version", lambda _: "4.2.0")
    with pytest.raises(InputError) as raised:
        check_jars()
    assert raised.value.code == "wrong-packages"


@given(RELEASES, RELEASES, st.sampled_from(["==", ">=", "<"]))
def test_a_condition_holds_as_the_package_packaging_has_it(version: str, bound: str, operator: str) -> None:
    expected = Version(version) in SpecifierSet(f"{operator}{bound}")
    assert is_allowed(version, f"{operator}{bound}") is expected
