from __future__ import annotations

import re
from collections.abc import Callable
from datetime import time

import pytest

from assay.errors import InputError, SpecErrors
from assay.spec.project import Pipeline

from ...expect_errors import missing_data, rendered_places

Change = Callable[..., None]
Refusal = Callable[[], str]


def test_a_right_pipeline_is_read_with_its_durations_as_days(load: Callable[[], Pipeline]) -> None:
    spec = load().spec
    assert spec.features.inputs == {"results": 7}
    assert (spec.train.window, spec.train.validation, spec.gate.fold) == (60, 12, 28)
    assert spec.as_of == time(0, 0)
    assert spec.tables["results"].rules[0].action == "quarantine"
    assert (spec.features.function, spec.label.name, spec.label.from_) == ("trips.features:features", "late", "results")
    assert spec.tables["plan"].from_.schema_ == "plan"


def test_how_a_pipeline_is_operated_has_defaults_and_is_given_in_words(
    change: Change, load: Callable[[], Pipeline]
) -> None:
    assert (load().spec.operate.retry_after, load().spec.promotion.approval) == (300, "none")
    change("owner: trips", "operate: {retry_after: 2 minutes, landing_timeout: 1 day, retrain: both}\nowner: trips")
    operate = load().spec.operate
    assert (operate.retry_after, operate.landing_timeout, operate.retrain) == (120, 86_400, "both")


def test_a_typo_in_a_key_is_shown_with_the_key_that_was_meant(change: Change, refusal: Refusal) -> None:
    change("  fold: 28 days", "  fold: 28 days\n  confidense: 0.9")
    assert rendered_places(refusal()) == [("unknown-key", "conf/pipelines/trips.yaml:28:3", "confidense")]
    assert missing_data(refusal(), "gate", "confidense", "confidence") == []


def test_a_typo_in_a_key_with_another_name_in_python_is_shown_as_the_yaml_has_it(
    change: Change, refusal: Refusal
) -> None:
    change("label: {from:", "label: {form:")
    assert missing_data(refusal(), "label", "form", "from") == []
    assert "from_" not in refusal()


def test_all_mistakes_of_a_file_are_shown_together_in_its_order(change: Change, load: Callable[[], Pipeline]) -> None:
    change("margin: 0.01", "margin: one")
    change("action: drop", "action: dropp")
    change("timezone: Europe/Berlin", "timezone: Europe/Brelin")
    with pytest.raises(SpecErrors) as refused:
        load()
    assert refused.value.exit_code == 2
    assert rendered_places(refused.value.render()) == [
        ("unknown-timezone", "conf/pipelines/trips.yaml:5:11", "Europe/Brelin"),
        ("unknown-value", "conf/pipelines/trips.yaml:14:57", "dropp"),
        ("wrong-type", "conf/pipelines/trips.yaml:28:11", "one"),
    ]
    assert (
        missing_data(
            refused.value.render(),
            "timezone",
            "Europe/Brelin",
            "Europe/Berlin",
            "tables.plan.rules[0].action",
            "dropp",
            "drop",
            "gate.margin",
            "one",
        )
        == []
    )


def test_a_missing_key_is_shown_at_its_section_with_what_it_is_for(change: Change, refusal: Refusal) -> None:
    change("  margin: 0.01\n", "")
    assert rendered_places(refusal()) == [("missing-key", "conf/pipelines/trips.yaml:26:1", "gate")]
    assert missing_data(refusal(), "gate", "margin") == []


def test_a_training_may_take_all_history(change: Change, load: Callable[[], Pipeline]) -> None:
    change("train: {window: 60 days}", "train: {window: all}")
    train = load().spec.train
    assert (train.window, train.validation) == ("all", None)
    assert [train.validation_of(days) for days in (27, 100, 365)] == [5, 20, 28]


def test_a_missing_section_is_shown_at_the_top_of_the_file(change: Change, refusal: Refusal) -> None:
    change("train: {window: 60 days}\n", "")
    assert rendered_places(refusal())[0][:2] == ("missing-key", "conf/pipelines/trips.yaml:1:1")
    assert missing_data(refusal(), "train") == []


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("window: 60 days", "window: 60", ["train.window", "60"]),
        ("window: 60 days", "window: two weeks", ["train.window", "two weeks"]),
        ("window: 60 days", "window: 0 days", ["train.window", "1", "0"]),
        ("window: 60 days", "window: -5 days", ["train.window", "-5 days"]),
        ("60 days}", "60 days, driver_budget: 2}", ["train.driver_budget", "2"]),
        ("60 days}", "60 days, driver_budget: 2 gigs}", ["train.driver_budget", "2 gigs"]),
        ("60 days}", "60 days, driver_budget: 1.5 GB}", ["500 MB", "2 GB"]),
        ("60 days}", "60 days, driver_budget: 0 kB}", ["train.driver_budget", "1", "0"]),
        ("fold: 28 days", "fold: [28 days]", ["gate.fold"]),
        ("results: 7 days", "results: 999999 days", ["features.inputs.results", "36500", "999999"]),
        ("margin: 0.01", "margin: .nan", ["gate.margin", ".nan"]),
        ("margin: 0.01", "margin: -1", ["gate.margin", "0", "-1"]),
        ("margin: 0.01", "margin: true", ["gate.margin", "true"]),
        ("margin: 0.01", "margin:", ["gate.margin"]),
        ("margin: 0.01", "margin: 0.01\n  confidence: 1", ["gate.confidence", "1"]),
        ("margin: 0.01", "margin: 0.01\n  min_slice_rows: 1.5", ["gate.min_slice_rows"]),
        ("margin: 0.01", "margin: 0.01\n  metric: roc-auc", ["gate.metric", "roc-auc"]),
        ("owner: trips@example.org", "owner: 7", ["owner", "7"]),
        ("owner: trips@example.org", "owner: ''", ["owner"]),
        ("key: [day, trip]\n    rules", "key: []\n    rules", ["tables.plan.key"]),
        ("key: [day, trip]\n    rules", "key: day\n    rules", ["tables.plan.key", "day"]),
        ("gate:\n", "gate: none\nscore:\n", ["gate", "none"]),
        ('as_of: "00:00"', "as_of: 24:00", ["as_of", "24:00"]),
        ('as_of: "00:00"', "as_of: midnight", ["as_of", "midnight"]),
        ("{daily: ", "{dayly: ", ["dayly", "schedule"]),
        ('"0 1 * * *"', "nightly", ["schedule.daily", "nightly"]),
        ('"0 1 * * *"', '"61 1 * * *"', ["schedule.daily", "61 1 * * *"]),
        ("owner: trips", "operate: {retry_after: 5}\nowner: trips", ["5"]),
        ("owner: trips", "operate: {landing_timeout: soon}\nowner: trips", ["5 minutes", "6 hours"]),
        ("owner: trips", "operate: {landing_timeout: 0 hours}\nowner: trips", ["operate.landing_timeout", "1", "0"]),
        ("owner: trips", "promotion: {approval: maybe}\nowner: trips", ["promotion.approval", "maybe"]),
        ("trips.features:features", "trips.features", ["features.function", "trips.features"]),
        ("trips.features:features", "trips/features:f", ["features.function", "trips/features:f"]),
        ("name: no_way", "name: no way", ["tables.plan.rules[0].name", "no way"]),
        ("  plan:\n", "  class:\n", ["class", "tables"]),
        ("name: late", "name: is late", ["label.name", "is late"]),
        ("path: landing/plan", "path: ../../etc", ["tables.plan.from.path", "../../etc"]),
        ("path: landing/plan", "path: /etc", ["tables.plan.from.path", "/etc"]),
        ("path: landing/plan", "path: hdfs://x/y", ["tables.plan.from.path", "hdfs://x/y"]),
        ("schema: plan", "schema: ../plan", ["tables.plan.from.schema", "../plan"]),
        ("format: csv, schema: plan", "format: excel, schema: plan", ["tables.plan.from.format", "excel"]),
        ("timezone: Europe/Berlin", "timezone: ../../etc/passwd", []),
        ("timezone: Europe/Berlin", "timezone: Europe", []),
    ],
)  # fmt: skip
def test_a_wrong_value_is_refused_in_plain_words_at_its_place(
    change: Change, refusal: Refusal, old: str, new: str, named: list[str]
) -> None:
    change(old, new)
    shown = refusal()
    assert missing_data(shown, *named) == []
    assert re.search(r"--> conf/pipelines/trips\.yaml:\d+:\d+\n", shown)
    assert "pydantic" not in shown.lower()


def test_the_key_of_a_schedule_is_one_that_is_known(change: Change, refusal: Refusal) -> None:
    change("{daily: ", "{dayly: ")
    assert rendered_places(refusal()) == [("unknown-value", "conf/pipelines/trips.yaml:8:12", "dayly")]
    assert missing_data(refusal(), "dayly", "schedule", "daily") == []


def test_on_and_no_stay_text(change: Change, load: Callable[[], Pipeline]) -> None:
    change("owner: trips@example.org", "owner: no")
    assert load().spec.owner == "no"


def test_a_window_that_is_wrong_does_not_also_complain_of_the_validation_drawn_from_it(
    change: Change, load: Callable[[], Pipeline]
) -> None:
    change("window: 60 days", "window: soon")
    with pytest.raises(InputError) as refused:
        load()
    assert not isinstance(refused.value, SpecErrors)


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("type: timestamp", "type: timestmap", ["columns[5].type", "timestmap"]),
        ("known: later}\n  - {name: delay", "known: never}\n  - {name: delay", ["columns[3].known", "never"]),
        ("name: distance", "name: DAY", ["columns", "DAY"]),
        ("name: distance", "name: _assay_reason", ["columns[2].name", "_assay_reason"]),
        ("type: double, bin_exponent: 2", "type: string, bin_exponent: 2", ["columns[2]", "bin_exponent"]),
        ("type: double, bin_exponent: 2", "type: double, format: x", ["columns[2]", "format"]),
        ("type: timestamp", "type: timestamp, format: 'ss.SSSSSSS'", ["columns[5]", "ss.SSSSSSS"]),
        ("columns:\n", "delimiter: ';;'\ncolumns:\n", ["delimiter", ";;"]),
        ("columns:\n", "nulls: [0]\ncolumns:\n", ["nulls[0]", "0"]),
        ("columns:\n", "colums:\n", ["colums"]),
    ],
)
def test_a_wrong_schema_is_refused_at_its_place(
    change: Change, refusal: Refusal, old: str, new: str, named: list[str]
) -> None:
    change(old, new, in_="conf/schemas/results.yaml")
    shown = refusal()
    assert missing_data(shown, *named) == []
    assert "--> conf/schemas/results.yaml:" in shown


@pytest.mark.parametrize(("written", "budget"), [("", 500_000_000), (", driver_budget: 2 GB", 2_000_000_000)])
def test_the_drivers_budget_is_read_as_bytes_and_has_a_default(
    load: Callable[[], Pipeline], change: Change, written: str, budget: int
) -> None:
    change("window: 60 days", f"window: 60 days{written}")
    assert load().spec.train.budget == budget


def test_a_budget_that_nobody_wrote_is_not_part_of_what_a_training_is_known_by(load: Callable[[], Pipeline]) -> None:
    assert "driver_budget" not in load().spec.train.model_dump(by_alias=True)


KPI = '"count_if(late AND score < 0.5)"'


def test_a_kpi_is_its_sql_alone_or_has_limits_as_well(change: Change, load: Callable[[], Pipeline]) -> None:
    bare = load().spec.monitor.kpis["missed"]
    assert (bare.at_least, bare.at_most) == (None, None)
    change(KPI, f"{{sql: {KPI}, at_most: 12.5}}")
    limited = load().spec.monitor.kpis["missed"]
    assert (limited.sql, limited.at_least, limited.at_most) == (bare.sql, None, 12.5)


@pytest.mark.parametrize(
    ("written", "code", "column", "marked"),
    [
        (f"{{sql: {KPI}, at_least: 3, at_most: 2.5}}", "wrong-limit", 26, "{"),
        (f"{{sql: {KPI}, atmost: 2}}", "unknown-key", 66, "atmost"),
        (f"{{sql: {KPI}, at_most: many}}", "wrong-type", 75, "many"),
        ("{at_most: 2}", "missing-key", 18, "missed"),
        ('" "', "empty", 26, '" "'),
        ("{sql: ' '}", "empty", 32, "' '"),
        ("7", "wrong-type", 26, "7"),
    ],
)
def test_a_wrong_kpi_is_refused_at_its_place(
    change: Change, refusal: Refusal, written: str, code: str, column: int, marked: str
) -> None:
    change(KPI, written)
    [(shown_code, place, text)] = rendered_places(refusal())
    assert (shown_code, place) == (code, f"conf/pipelines/trips.yaml:30:{column}")
    assert text.startswith(marked)
