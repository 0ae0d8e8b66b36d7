from __future__ import annotations

import re
from collections.abc import Callable
from datetime import time

import pytest

from assay.errors import InputError, SpecErrors
from assay.spec.project import Pipeline

Change = Callable[..., None]
Refusal = Callable[[], str]


def test_a_right_pipeline_is_read_with_its_durations_as_days(load: Callable[[], Pipeline]):
    spec = load().spec
    assert spec.features.inputs == {"results": 7}
    assert (spec.train.window, spec.train.validation, spec.gate.holdout) == (60, 12, 28)
    assert spec.as_of == time(0, 0)
    assert spec.tables["results"].rules[0].do == "quarantine"
    assert (spec.features.with_, spec.label.as_, spec.label.from_) == ("trips.features:features", "late", "results")
    assert spec.tables["plan"].from_.schema_ == "plan"


def test_how_a_pipeline_is_operated_has_defaults_and_is_given_in_words(change: Change, load: Callable[[], Pipeline]):
    assert (load().spec.operate.retry_after, load().spec.promotion.approval) == (300, "none")
    change("owner: trips", "operate: {retry_after: 2 minutes, deadline: 1 day, retrain: both}\nowner: trips")
    operate = load().spec.operate
    assert (operate.retry_after, operate.deadline, operate.retrain) == (120, 86_400, "both")


def test_a_typo_in_a_key_is_shown_with_the_key_that_was_meant(change: Change, refusal: Refusal):
    change("  holdout: 28 days", "  holdout: 28 days\n  confidense: 0.9")
    assert refusal() == (
        "error[unknown-key]: 'gate' has no key 'confidense'\n"
        "  --> conf/pipelines/trips.yaml:28:3\n"
        "   |   confidense: 0.9\n"
        "   |   ^^^^^^^^^^ did you mean 'confidence'?"
    )


def test_a_typo_in_a_key_with_another_name_in_python_is_shown_as_the_yaml_has_it(change: Change, refusal: Refusal):
    change("features: {with:", "features: {wiht:")
    assert "'features' has no key 'wiht'" in refusal()
    assert "did you mean 'with'?" in refusal()
    assert "with_" not in refusal()


def test_all_mistakes_of_a_file_are_shown_together_in_its_order(change: Change, load: Callable[[], Pipeline]):
    change("margin: 0.01", "margin: one")
    change("do: drop", "do: dropp")
    change("timezone: Europe/Berlin", "timezone: Europe/Brelin")
    with pytest.raises(SpecErrors) as refused:
        load()
    assert refused.value.exit_code == 2
    assert refused.value.render() == (
        "error[unknown-timezone]: 'timezone' cannot be 'Europe/Brelin': there is no such time zone\n"
        "  --> conf/pipelines/trips.yaml:5:11\n"
        "   | timezone: Europe/Brelin\n"
        "   |           ^^^^^^^^^^^^^ did you mean 'Europe/Berlin'?\n"
        "\n"
        "error[unknown-value]: 'tables.plan.rules[0].do' cannot be 'dropp'\n"
        "  --> conf/pipelines/trips.yaml:14:53\n"
        '   |       - {name: no_way, when: "origin = target", do: dropp}\n'
        "   |                                                     ^^^^^ did you mean 'drop'?\n"
        "\n"
        "error[wrong-type]: 'gate.margin' must be a number, not 'one'\n"
        "  --> conf/pipelines/trips.yaml:28:11\n"
        "   |   margin: one\n"
        "   |           ^^^"
    )


def test_a_missing_key_is_shown_at_its_section_with_what_it_is_for(change: Change, refusal: Refusal):
    change("  holdout: 28 days\n", "")
    assert refusal() == (
        "error[missing-key]: 'gate' needs the key 'holdout'\n"
        "  --> conf/pipelines/trips.yaml:26:1\n"
        "   | gate:\n"
        "   | ^^^^ holdout: the days, after the window, on which contenders meet"
    )


def test_a_missing_section_is_shown_at_the_top_of_the_file(change: Change, refusal: Refusal):
    change("train: {window: 60 days}\n", "")
    assert refusal().startswith(
        "error[missing-key]: the file needs the key 'train'\n  --> conf/pipelines/trips.yaml:1:1"
    )


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("window: 60 days", "window: 60", "'train.window' must say its unit, not 60 alone"),
        ("window: 60 days", "window: two weeks", "'train.window' cannot be 'two weeks'"),
        ("window: 60 days", "window: 0 days", "'train.window' must be at least 1, not 0"),
        ("window: 60 days", "window: -5 days", "'train.window' cannot be '-5 days'"),
        ("60 days}", "60 days, driver_budget: 2}", "'train.driver_budget' must say its unit, not 2 alone"),
        ("60 days}", "60 days, driver_budget: 2 gigs}", "'train.driver_budget' cannot be '2 gigs'"),
        ("60 days}", "60 days, driver_budget: 1.5 GB}", "such as '500 MB' or '2 GB'"),
        ("60 days}", "60 days, driver_budget: 0 kB}", "'train.driver_budget' must be at least 1, not 0"),
        ("holdout: 28 days", "holdout: [28 days]", "'gate.holdout' must be a whole number, not a list"),
        ("results: 7 days", "results: 999999 days", "'features.inputs.results' must be at most 36500, not 999999"),
        ("margin: 0.01", "margin: .nan", "'gate.margin' must be a number, not '.nan'"),
        ("margin: 0.01", "margin: -1", "'gate.margin' must be at least 0, not -1"),
        ("margin: 0.01", "margin: true", "'gate.margin' must be a number, not true"),
        ("margin: 0.01", "margin:", "'gate.margin' must be a number, not nothing"),
        ("margin: 0.01", "margin: 0.01\n  confidence: 1", "'gate.confidence' must be less than 1, not 1"),
        ("margin: 0.01", "margin: 0.01\n  smallest_slice: 1.5", "'gate.smallest_slice' must be a whole number"),
        ("margin: 0.01", "margin: 0.01\n  metric: roc-auc", "'gate.metric' cannot be 'roc-auc'"),
        ("owner: trips@example.org", "owner: 7", "'owner' must be text, not the number 7"),
        ("owner: trips@example.org", "owner: ''", "'owner' is empty"),
        ("key: [day, trip]\n    rules", "key: []\n    rules", "'tables.plan.key' must not be empty"),
        ("key: [day, trip]\n    rules", "key: day\n    rules", "'tables.plan.key' must be a list, not 'day'"),
        ("gate:\n", "gate: none\nscore:\n", "'gate' must be a mapping of keys to values, not 'none'"),
        ('as_of: "00:00"', "as_of: 24:00", "'as_of' cannot be '24:00'"),
        ('as_of: "00:00"', "as_of: midnight", "'as_of' cannot be 'midnight'"),
        ("{daily: ", "{dayly: ", "the key 'dayly' of 'schedule' cannot be 'dayly'"),
        ('"0 1 * * *"', "nightly", "'schedule.daily' cannot be 'nightly'"),
        ('"0 1 * * *"', '"61 1 * * *"', "'schedule.daily' cannot be '61 1 * * *': Bad minute"),
        ("owner: trips", "operate: {retry_after: 5}\nowner: trips", "must say its unit, not 5 alone"),
        ("owner: trips", "operate: {deadline: soon}\nowner: trips", "such as '5 minutes' or '6 hours'"),
        ("owner: trips", "operate: {deadline: 0 hours}\nowner: trips", "'operate.deadline' must be at least 1, not 0"),
        ("owner: trips", "promotion: {approval: maybe}\nowner: trips", "'promotion.approval' cannot be 'maybe'"),
        ("trips.features:features", "trips.features", "'features.with' cannot be 'trips.features'"),
        ("trips.features:features", "trips/features:f", "'features.with' cannot be 'trips/features:f'"),
        ("name: no_way", "name: no way", "'tables.plan.rules[0].name' cannot be 'no way'"),
        ("  plan:\n", "  class:\n", "the key 'class' of 'tables' cannot be 'class'"),
        ("as: late", "as: is late", "'label.as' cannot be 'is late'"),
        ("path: landing/plan", "path: ../../etc", "'tables.plan.from.path' cannot be '../../etc'"),
        ("path: landing/plan", "path: /etc", "'tables.plan.from.path' cannot be '/etc'"),
        ("path: landing/plan", "path: hdfs://x/y", "'tables.plan.from.path' cannot be 'hdfs://x/y'"),
        ("schema: plan", "schema: ../plan", "'tables.plan.from.schema' cannot be '../plan'"),
        ("format: csv, schema: plan", "format: parquet, schema: plan", "'tables.plan.from.format' cannot be 'parquet'"),
        ("timezone: Europe/Berlin", "timezone: ../../etc/passwd", "there is no such time zone"),
        ("timezone: Europe/Berlin", "timezone: Europe", "there is no such time zone"),
    ],
)  # fmt: skip
def test_a_wrong_value_is_refused_in_plain_words_at_its_place(
    change: Change, refusal: Refusal, old: str, new: str, message: str
):
    change(old, new)
    shown = refusal()
    assert message in shown
    assert re.search(r"--> conf/pipelines/trips\.yaml:\d+:\d+\n", shown)
    assert "pydantic" not in shown.lower()
    assert "Input should" not in shown


def test_the_key_of_a_schedule_is_one_that_is_known(change: Change, refusal: Refusal):
    change("{daily: ", "{dayly: ")
    assert refusal() == (
        "error[unknown-value]: the key 'dayly' of 'schedule' cannot be 'dayly'\n"
        "  --> conf/pipelines/trips.yaml:8:12\n"
        '   | schedule: {dayly: "0 1 * * *"}\n'
        "   |            ^^^^^ did you mean 'daily'?"
    )


def test_on_and_no_stay_text(change: Change, load: Callable[[], Pipeline]):
    change("owner: trips@example.org", "owner: no")
    assert load().spec.owner == "no"


def test_a_window_that_is_wrong_does_not_also_complain_of_the_validation_drawn_from_it(
    change: Change, load: Callable[[], Pipeline]
):
    change("window: 60 days", "window: soon")
    with pytest.raises(InputError) as refused:
        load()
    assert not isinstance(refused.value, SpecErrors)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("type: timestamp", "type: timestmap", "'columns[5].type' cannot be 'timestmap'"),
        ("known: later}\n  - {name: delay", "known: never}\n  - {name: delay", "'columns[3].known' cannot be 'never'"),
        ("name: distance", "name: DAY", "'columns' name 'DAY' twice"),
        ("name: distance", "name: _assay_reason", "'columns[2].name' cannot be '_assay_reason'"),
        ("type: double, k: 2", "type: string, k: 2", "'columns[2]' has a 'k', but is a string"),
        ("type: double, k: 2", "type: double, format: x", "'columns[2]' has a 'format', but is a double"),
        ("type: timestamp", "type: timestamp, format: 'ss.SSSSSSS'", "'columns[5]' has the format 'ss.SSSSSSS'"),
        ("columns:\n", "delimiter: ';;'\ncolumns:\n", "'delimiter' cannot be ';;'"),
        ("columns:\n", "nulls: [0]\ncolumns:\n", "'nulls[0]' must be text, not the number 0"),
        ("columns:\n", "colums:\n", "the file has no key 'colums'"),
    ],
)
def test_a_wrong_schema_is_refused_at_its_place(change: Change, refusal: Refusal, old: str, new: str, message: str):
    change(old, new, in_="conf/schemas/results.yaml")
    shown = refusal()
    assert message in shown
    assert "--> conf/schemas/results.yaml:" in shown


@pytest.mark.parametrize(("written", "budget"), [("", 500_000_000), (", driver_budget: 2 GB", 2_000_000_000)])
def test_the_drivers_budget_is_read_as_bytes_and_has_a_default(
    load: Callable[[], Pipeline], change: Change, written: str, budget: int
):
    change("window: 60 days", f"window: 60 days{written}")
    assert load().spec.train.budget == budget


def test_a_budget_that_nobody_wrote_is_not_part_of_what_a_training_is_known_by(load: Callable[[], Pipeline]):
    assert "driver_budget" not in load().spec.train.model_dump(by_alias=True)
