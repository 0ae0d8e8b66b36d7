"""Faults of the data and of the files, through the command line: the exit code, the message, and what stands after."""

from __future__ import annotations

import json
import math
import re
import shutil
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from assay.core.interval import Interval
from assay.stages.ingest.clean import clean

from ..expect_errors import error_codes, missing_data
from .conftest import TRAINED, Project
from .test_loop import WEEK, rows_of

CLEAN = ("clean", "parcels", "--table", "parcels")
BOTH = ("--from", "2024-01-01", "--to", "2024-01-03")
DAY = date(2024, 2, 2)
SCORE = ("score", "parcels", "--from", "2024-02-01", "--to", "2024-02-08")


def output_of(project: Project, *arguments: str, code: int) -> str:
    """What the command says, given that it ends with this code and no traceback."""
    done = project.here(*arguments)
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout + done.stderr


def change(path: Path, how: Callable[[list[str]], list[str]]) -> None:
    path.write_text("".join(how(path.read_text().splitlines(keepends=True))))


def reweighed(*weights: str) -> Callable[[list[str]], list[str]]:
    """The first rows with these weights."""

    def how(lines: list[str]) -> list[str]:
        changed = list(lines)
        for number, weight in enumerate(weights, start=1):
            fields = lines[number].split(",")
            changed[number] = ",".join([*fields[:3], weight, fields[4]])
        return changed

    return how


@pytest.fixture
def editable(own: Project, tmp_path: Path) -> Project:
    """What was lived, with a YAML that may be changed."""
    root = tmp_path / "project"
    shutil.copytree(own.root, root)
    return Project(root, own.home)


def numbers(document: Any) -> Iterator[float]:
    if isinstance(document, dict):
        for value in document.values():
            yield from numbers(value)
    elif isinstance(document, list):
        for value in document:
            yield from numbers(value)
    elif isinstance(document, float):
        yield document


# What upstream sent


def test_a_day_sent_again_under_the_next_date_is_refused_naming_both_files(owned: Project) -> None:
    shutil.copy(owned.drop(), owned.drop("2024-01-02"))
    output = output_of(owned, *CLEAN, *BOTH, code=2)
    assert "parcels/2024-01-01/parcels.csv" in output
    assert missing_data(output, "error[duplicate-drop]", "landing/parcels/2024-01-02/parcels.csv") == []


def test_a_text_of_two_lines_is_one_row_and_what_cannot_be_read_keeps_its_text(owned: Project) -> None:
    path = owned.drop()
    lines = path.read_text().splitlines(keepends=True)
    lines[1] = lines[1].replace(lines[1].split(",")[2], '"HAM,\nwharf ""7"""')
    lines[2] = lines[2].replace(lines[2].split(",")[2], "BER\0")
    path.write_text("".join([*lines, '"ship_date","parcel","depot","weight","boxes"\n', '2024-01-01,7,"BER,3.5,1\n']))
    output = output_of(owned, *CLEAN, "--date", "2024-01-01", code=0)
    assert missing_data(output, "122 rows", "119", "3") == []
    rows = rows_of(owned, "clean", "parcels")
    assert [row[2] for row in rows if "HAM," in str(row[2])] == ['HAM,\nwharf "7"']
    refused = {row[1]: row[2] for row in rows_of(owned, "quarantine", "parcels")}
    assert refused == {
        "malformed": '"ship_date","parcel","depot","weight","boxes"',
        "nul_byte": lines[2].strip().replace("\0", r"\x00"),
        "unclosed_quote": '2024-01-01,7,"BER,3.5,1',
    }


def test_rows_that_come_twice_are_published_once_and_the_rest_is_quarantined(owned: Project) -> None:
    change(owned.drop(), lambda lines: [lines[0], *lines[1:] * 2])
    output = output_of(owned, *CLEAN, "--date", "2024-01-01", code=0)
    assert missing_data(output, "240 rows", "120") == []
    [record] = owned.context().ledger.records("clean")
    assert record.details["rules"]["quarantined"] == {"duplicate": 120}
    assert len({row[:2] for row in rows_of(owned, "clean", "parcels")}) == 120
    change(owned.drop(), lambda lines: lines[:121])
    output_of(owned, *CLEAN, "--date", "2024-01-01", code=0)
    assert rows_of(owned, "quarantine", "parcels") == [], "what is refused no more is quarantined no more"


def test_a_retyped_column_is_named_with_an_example(owned: Project) -> None:
    change(owned.drop(), reweighed(*["heavy"] * 100))
    output = output_of(owned, *CLEAN, "--date", "2024-01-01", code=2)
    assert missing_data(output, "error[column-retyped]", "weight", "2024-01-01", "100", "120") == []
    assert missing_data(output, "heavy") == []
    assert not owned.lake("clean", "parcels").exists()


def test_a_file_that_changes_while_it_is_cleaned_is_never_published(owned: Project) -> None:
    owned.edit("    rules:\n", "    function: parcel_code.cleaning:overtaken\n    rules:\n")
    output = output_of(owned, *CLEAN, "--date", "2024-01-01", code=4)
    assert missing_data(output, "error[file-changed]", "landing/parcels/2024-01-01/parcels.csv") == []
    assert not owned.lake("clean", "parcels").exists()
    assert owned.context().ledger.records("clean") == []


def test_an_empty_day_is_published_empty_where_the_spec_allows_it_and_leaves_no_stale_row(owned: Project) -> None:
    owned.edit("    suite: parcels\n", "    suite: parcels\n    empty: allow\n")
    output_of(owned, *CLEAN, *BOTH, code=0)
    change(owned.drop(), lambda lines: lines[:1])
    output_of(owned, *CLEAN, *BOTH, code=0)
    assert {row[0] for row in rows_of(owned, "clean", "parcels")} == {"2024-01-02"}
    state = owned.context().ledger.latest("clean", "parcels")[date(2024, 1, 1)]
    assert (state[1].state, state[1].counts["out"]) == ("published", 0)
    assert "which its spec allows" in output_of(owned, "explain", state[0].run_id, code=0)


def test_a_held_day_is_released_by_a_reason_alone(owned: Project) -> None:
    change(owned.drop(), lambda lines: [lines[0], *[line.replace("HAM", "XXX") for line in lines[1:]]])
    assert "1 held, 2024-01-01" in output_of(owned, *CLEAN, *BOTH, code=3)
    release = ("release", "parcels", "--date", "2024-01-01")
    assert error_codes(output_of(owned, *release, code=2)) == ["no-reason"]
    assert missing_data(output_of(owned, "release", "parcel", *release[2:], code=2), "parcel") == []
    because = ("--reason", "the depot was renamed")
    output = output_of(owned, *release, *because, code=0)
    assert missing_data(output, "2024-01-01", "the depot was renamed") == []
    assert "it is published" in output_of(owned, *release, *because, code=2)
    assert len(rows_of(owned, "clean", "parcels")) == 240
    assert "HELD" not in output_of(owned, "status", code=0)


# Odd values and days


def test_nan_infinity_huge_and_minus_zero_are_counted_and_every_metric_stays_finite(editable: Project) -> None:
    for rule in ('weightless, when: "weight <= 0"', 'absurd, when: "weight / boxes > 1000"'):
        editable.edit(rule, rule.split(",")[0] + ', when: "parcel < 0"')
    odd = reweighed("NaN", "Infinity", "-Infinity", "1e308", "-1e308", "-0.0")
    for day in (str(DAY), "2024-01-10"):  # one in the holdout, one in the training window
        change(editable.drop(day), odd)
    assert (
        missing_data(output_of(editable, *CLEAN, "--from", "2024-01-01", "--to", str(TRAINED), code=0), "38 days") == []
    )
    record, state = editable.context().ledger.latest("clean", "parcels")[DAY]
    assert (state.counts["in"], state.counts["out"]) == (120, 120)
    [profile] = editable.context().profiles.read("table", "parcels", record.run_id, [DAY]).values()
    weight = profile.columns["weight"]
    assert (weight.nans, weight.plus_inf, weight.minus_inf, weight.huge) == (1, 1, 1, 2)
    output_of(editable, "train", "parcels", "--date", str(TRAINED), code=0)
    judged = editable.here("gate", "parcels", "--date", str(TRAINED))
    assert judged.returncode in (0, 3), judged.stderr
    output_of(editable, *SCORE, code=0)
    output_of(editable, "monitor", *SCORE[1:], code=0)
    stored_numbers = [
        n for path in editable.home.glob("lake/_assay/**/*.json") for n in numbers(json.loads(path.read_text()))
    ]
    assert len(stored_numbers) > 100
    assert all(map(math.isfinite, stored_numbers))


def renamed(line: str) -> str:
    return ",".join(["XXX" if n == 2 else field for n, field in enumerate(line.split(","))])


def test_a_depot_that_training_never_saw_is_scored_and_counted(own: Project) -> None:
    change(own.drop(str(DAY)), lambda lines: [lines[0], *map(renamed, lines[1:8]), *lines[8:]])
    output_of(own, *CLEAN, "--date", str(DAY), code=0)
    output_of(own, "score", "parcels", "--date", str(DAY), code=0)
    scores = [float(str(row[2])) for row in rows_of(own, "predictions", "parcels")]
    assert len(scores) == 120
    assert all(0 <= score <= 1 for score in scores)
    [record] = own.context().ledger.records("score")
    [profile] = own.context().profiles.read("features", "parcels", record.run_id, [DAY]).values()
    assert profile.columns["depot_name"].categories["XXX"] == 7


def test_an_odd_session_zone_and_the_day_of_daylight_saving_change_no_bit(parcels: Path, tmp_path: Path) -> None:
    from parcel_code.landing import write_drops

    from assay.api import PipelineHandle

    first, days = date(2024, 3, 29), 5  # Berlin's clocks went forward on 2024-03-31
    results = []
    for zone in ("UTC", "America/St_Johns"):
        project = Project(parcels, tmp_path / zone)
        write_drops(project.home / "landing", first, days)
        ctx = project.context()
        ctx.spark.conf.set("spark.sql.session.timeZone", zone)
        try:
            interval = Interval(first, first + timedelta(days=days))
            for table in ("parcels", "deliveries"):
                assert clean(ctx, table, interval).numbers["out"] == days * 120
            features = PipelineHandle(ctx).features(first, interval.end)
            rows = sorted(features.selectExpr("*").collect())
            cleaned = ctx.spark.read.format("delta").load(f"file://{project.lake('clean', 'deliveries')}")
            instants = sorted(cleaned.selectExpr("ship_date", "parcel", "unix_micros(delivered_at)").collect())
        finally:
            ctx.spark.conf.set("spark.sql.session.timeZone", "UTC")
        results.append((rows, instants))
    assert results[0] == results[1]
    assert len(results[0][0]) == days * 120


# What the label and the features are


def test_a_label_that_is_never_positive_is_refused_by_training(editable: Project) -> None:
    editable.edit("days_late > 0", "days_late > 99")
    output = output_of(editable, "train", "parcels", "--date", str(TRAINED), code=2)
    assert missing_data(output, "error[one-class]", "late") == []


def test_a_constant_feature_trains_and_is_told(editable: Project) -> None:
    editable.edit("parcel_code.features:features", "parcel_code.features:constant")
    output = output_of(editable, "train", "parcels", "--date", str(TRAINED), code=0)
    assert missing_data(output, "tariff", "4.5") == []
    run_id = editable.context().ledger.records("train")[-1].run_id
    assert missing_data(output_of(editable, "explain", run_id, code=0), "tariff", "4.5") == []


def test_features_that_double_a_row_are_refused_before_anything_learns_from_them(editable: Project) -> None:
    editable.edit("parcel_code.features:features", "parcel_code.features:doubling")
    for command in (("check", "parcels"), ("train", "parcels", "--date", str(TRAINED))):
        output = output_of(editable, *command, code=2)
        assert missing_data(output, "error[features-keys]", "parcel_code.features:doubling") == []
        assert "doubled" in output
        assert missing_data(output, "1", "2") == []
        assert "--> conf/pipelines/parcels.yaml:25:" in output


def test_a_feature_that_looks_ahead_is_caught_by_check(editable: Project) -> None:
    editable.edit("parcel_code.features:features", "parcel_code.features:leaking")
    output = output_of(editable, "check", "parcels", code=2)
    assert missing_data(output, "error[look-ahead]", "parcel_code.features:leaking") == []
    assert "mean_weight" in output
    assert "conf/pipelines/parcels.yaml:" in output


def test_a_feature_over_the_other_days_of_its_batch_is_refused_by_check_and_before_a_first_training(
    editable: Project,
) -> None:
    proved = sorted((editable.home / "lake" / "_assay" / "parcels" / "proofs").iterdir())
    assert len(proved) == 1, "by the training of the champion"
    editable.edit("parcel_code.features:features", "parcel_code.features:numbered")
    trainings = editable.context().ledger.records("train")
    for command in (("check", "parcels"), ("train", "parcels", "--date", str(TRAINED))):
        output = output_of(editable, *command, code=2)
        assert missing_data(output, "error[other-dates]", "parcel_code.features:numbered") == []
        assert missing_data(output, "number") == []
        assert re.search(r"\(2024-01-\d\d\.\.", output)
        assert re.search(r"ship_date=2024-02-0\d, parcel=0\b", output)
        assert "--> conf/pipelines/parcels.yaml:25:" in output
    assert editable.context().ledger.records("train") == trainings
    assert sorted((editable.home / "lake" / "_assay" / "parcels" / "proofs").iterdir()) == proved


# Files that broke


def test_a_truncated_file_of_a_table_is_named_and_never_gives_fewer_rows(own: Project) -> None:
    [path] = own.lake("clean", "parcels").glob(f"ship_date={DAY}/*.parquet")
    path.write_bytes(path.read_bytes()[:-100])
    output = output_of(own, *SCORE, code=4)
    assert missing_data(output, "error[unreadable-file]", path.name) == []
    assert not own.lake("predictions", "parcels").exists()
    assert own.context().ledger.records("score") == []


def test_a_corrupt_entry_of_a_tables_log_is_refused_naming_it(own: Project) -> None:
    entry = max(own.lake("clean", "parcels").glob("_delta_log/*.json"))
    entry.write_text('{"add": {"path": "ship_d')
    output = output_of(own, *SCORE, code=4)
    assert entry.name in output
    assert not own.lake("predictions", "parcels").exists()


# Days out of order


def test_a_backfill_after_a_newer_interval_and_late_data_each_redo_their_own_days_alone(own: Project) -> None:
    output_of(own, "score", "parcels", "--from", "2024-02-04", "--to", "2024-02-08", code=0)
    newer = rows_of(own, "predictions", "parcels")
    assert missing_data(output_of(own, *SCORE, code=0), "3 days") == [], "the backfill is executed"
    rows = rows_of(own, "predictions", "parcels")
    assert len(rows) == len({row[:2] for row in rows}) == 7 * 120
    assert [row for row in rows if str(row[0]) >= "2024-02-04"] == newer
    before = own.context().ledger.latest("score", "parcels")

    change(own.drop(str(DAY)), lambda lines: lines[:-1])
    assert missing_data(output_of(own, *CLEAN, "--from", "2024-02-01", "--to", "2024-02-08", code=0), "1 day") == []
    assert missing_data(output_of(own, *SCORE, code=0), "1 day") == [], (
        "what was scored on the late data is scored again"
    )
    after = own.context().ledger.latest("score", "parcels")
    assert {day for day in WEEK if after[day][0].run_id != before[day][0].run_id} == {DAY}
    assert len(rows_of(own, "predictions", "parcels")) == 7 * 120 - 1
