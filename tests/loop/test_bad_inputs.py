"""What a person gets wrong, and what they are told: the message, the place, the exit code, and no traceback."""

from __future__ import annotations

import gzip
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from ..expect_errors import error_codes, missing_data, rendered_places
from .conftest import Project

CLEAN = ("clean", "parcels", "--date", "2024-01-01", "--table", "parcels")


def refused(project: Project, *arguments: str, code: int = 2, path: str | None = None) -> str:
    done = project.assay(*arguments, path=path)
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr


def change(project: Project, how: Callable[[list[str]], list[str]]) -> None:
    path = project.drop()
    path.write_text("".join(how(path.read_text().splitlines(keepends=True))))


def test_a_typo_in_a_key_is_shown_with_its_place_and_the_right_word(owned: Project) -> None:
    owned.edit("margin: 0.03", "margni: 0.03")
    stderr_text = refused(owned, "check", "parcels", "--static")
    assert "conf/pipelines/parcels.yaml:29:" in stderr_text
    assert "margni" in stderr_text
    assert missing_data(stderr_text, "error[unknown-key]", "margin") == []


def test_a_wrong_date_is_told_how_to_write_it(owned: Project) -> None:
    stderr_text = refused(owned, "clean", "parcels", "--date", "2024-02-31")
    assert missing_data(stderr_text, "error[bad-date]", "2024-02-31") == []
    assert "YYYY-MM-DD" in stderr_text


def test_a_day_that_has_not_landed_is_named_with_its_folder(owned: Project) -> None:
    stderr_text = refused(owned, "clean", "parcels", "--date", "2024-01-09", "--table", "parcels")
    assert missing_data(stderr_text, "error[not-landed]", "parcels", "2024-01-09") == []
    assert "landing/parcels/2024-01-09" in stderr_text


def test_an_empty_landing_day_is_refused(owned: Project) -> None:
    change(owned, lambda lines: lines[:1])
    assert error_codes(refused(owned, *CLEAN)) == ["empty-landing"]


def test_a_truncated_gzip_is_refused_naming_the_file(owned: Project) -> None:
    path = owned.drop()
    whole = gzip.compress(path.read_bytes())
    path.unlink()
    path.with_suffix(".csv.gz").write_bytes(whole[: len(whole) // 2])
    assert "landing/parcels/2024-01-01/parcels.csv.gz" in refused(owned, *CLEAN)


def test_a_wrong_delimiter_is_recognised(owned: Project) -> None:
    change(owned, lambda lines: [line.replace(",", ";") for line in lines])
    assert "';'" in refused(owned, *CLEAN)


@pytest.mark.parametrize(
    ("how", "named"),
    [
        (lambda line: line.replace("weight,", ""), "weight"),
        (lambda line: line.replace("weight,", "weight,colour,"), "colour"),
        (lambda line: line.replace("depot,weight", "weight,depot"), "weight"),
    ],
    ids=["dropped", "added", "reordered"],
)
def test_a_changed_column_is_named(owned: Project, how: Callable[[str], str], named: str) -> None:
    change(owned, lambda lines: [how(lines[0]), *lines[1:]])
    assert f"'{named}'" in refused(owned, *CLEAN)


def test_a_day_that_was_sent_twice_under_two_names_is_refused(owned: Project) -> None:
    shutil.copy(owned.drop(), owned.drop().with_name("again.csv"))
    stderr_text = refused(owned, *CLEAN)
    assert "again.csv" in stderr_text
    assert "parcels.csv" in stderr_text


def test_an_unknown_column_in_a_rule_is_underlined_with_the_right_name(owned: Project) -> None:
    owned.edit("weight / boxes > 1000", "wieght / boxes > 1000")
    stderr_text = refused(owned, "check", "parcels")
    assert missing_data(stderr_text, "error[unknown-column]", "absurd", "wieght", "parcels") == []
    assert stderr_text.startswith("error["), "pyspark's own account of it, with a Java stack, is not shown"
    assert missing_data(stderr_text, "weight") == []


def test_a_path_that_climbs_out_of_the_lake_is_refused(owned: Project) -> None:
    owned.edit("path: landing/parcels", "path: ../../etc")
    assert "../../etc" in refused(owned, "check", "parcels", "--static")


def test_a_yaml_bomb_is_refused_before_it_goes_off(owned: Project) -> None:
    owned.edit("pipeline: parcels", 'pipeline: parcels\nx: &a ["lol", "lol"]\ny: &b [*a, *a]\nz: [*b, *b]')
    stderr_text = refused(owned, "check", "parcels", "--static")
    [(code, _, underlined)] = rendered_places(stderr_text)
    assert (code, underlined) == ("yaml", "&a")


def test_an_unknown_pipeline_is_met_with_the_nearest_name(owned: Project) -> None:
    assert missing_data(refused(owned, "status", "parcel"), "parcels") == []


def test_no_java_is_said_with_what_to_do(owned: Project, tmp_path: Path) -> None:
    nothing = tmp_path / "bin"
    nothing.mkdir()
    stderr_text = refused(owned, *CLEAN, path=str(nothing))
    assert error_codes(stderr_text) == ["no-java"]


def test_a_wrong_java_is_said_with_its_version(owned: Project, tmp_path: Path) -> None:
    folder = tmp_path / "bin"
    folder.mkdir()
    java = folder / "java"
    java.write_text("#!/bin/sh\necho 'openjdk version \"11.0.2\" 2019-01-15' >&2\n")
    java.chmod(0o755)
    assert "11" in refused(owned, *CLEAN, path=f"{folder}:/usr/bin:/bin")


def test_a_second_run_of_the_same_day_is_told_who_is_at_it(owned: Project) -> None:
    from assay.core.interval import Interval, parse_date
    from assay.store.locks.locks import hold

    with hold(owned.home / "lake", "clean/parcels", Interval.of(parse_date("2024-01-01"))):
        stderr_text = refused(owned, *CLEAN, code=4)
    assert missing_data(stderr_text, "error[locked]", "clean/parcels", "2024-01-01") == []


def test_a_model_file_with_one_byte_changed_is_never_loaded(own: Project) -> None:
    for path in own.home.glob("cache/bundles/*/encoder.json"):
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 1
        path.write_bytes(bytes(data))
    stderr_text = refused(own, "score", "parcels", "--date", "2024-02-01")
    assert missing_data(stderr_text, "error[bundle-refused]", "encoder.json") == []


def test_an_error_in_json_is_json(owned: Project) -> None:
    done = owned.assay("clean", "parcels", "--date", "yesterday", "--json")
    assert done.returncode == 2
    assert json.loads(done.stdout)["error"] == "bad-date"
