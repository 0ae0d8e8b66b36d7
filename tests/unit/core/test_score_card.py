"""The score of a card: points by state, the sums of sections, the minimum, and the paper's reading."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.score_card.card import NOTE_DAYS, READINGS, CardJudgement, CardState, TeamNote, reading, score_card
from assay.core.score_card.catalog import BY_ID, TESTS, Section
from assay.core.score_card.judgements import failed, not_yet, passed

TODAY = date(2026, 11, 30)
POINTS = {CardState.PASSED: 1.0, CardState.DONE: 0.5}


def a_note(name: str, day: date = TODAY) -> TeamNote:
    return TeamNote(name, "wiki page 7", "eva", day)


def test_there_are_seven_tests_in_each_of_four_sections_with_ids_of_their_own() -> None:
    assert {section: sum(test.section is section for test in TESTS) for section in Section} == dict.fromkeys(Section, 7)
    assert len(BY_ID) == 28


def test_at_least_twenty_tests_are_automatic() -> None:
    assert sum(test.automatic for test in TESTS) >= 20


def test_an_empty_card_has_no_points_and_all_tests_are_open() -> None:
    card = score_card({}, [], TODAY)
    assert (card.score, card.reading) == (0.0, READINGS[0][1])
    assert {row.state for row in card.rows} == {CardState.OPEN}


def test_the_score_is_the_minimum_of_the_sections() -> None:
    judged = {test.id: passed("") for test in TESTS if test.section is not Section.DATA}
    card = score_card(judged | {"data-1": passed("")}, [a_note("data-5")], TODAY)
    assert dict(card.sections) == {
        Section.DATA: 1.5, Section.MODEL: 7, Section.INFRASTRUCTURE: 7, Section.MONITORING: 7
    }  # fmt: skip
    assert (card.score, card.reading) == (1.5, READINGS[2][1])


@pytest.mark.parametrize(("score", "place"), [(0, 0), (0.5, 1), (1, 1), (1.5, 2), (3, 3), (3.5, 4), (5, 4), (5.5, 5)])
def test_a_score_is_read_by_the_ranges_of_the_paper(score: float, place: int) -> None:
    assert reading(score) == READINGS[place][1]


def test_a_note_does_not_outrank_a_failed_test() -> None:
    [row] = [row for row in score_card({"model-6": failed("")}, [a_note("model-6")], TODAY).rows if row.note]
    assert (row.state, row.points) == (CardState.FAILED, 0.0)


def test_a_note_gives_half_a_point_where_the_test_is_not_judged_yet() -> None:
    [row] = [row for row in score_card({"model-6": not_yet("")}, [a_note("model-6")], TODAY).rows if row.note]
    assert (row.state, row.points) == (CardState.DONE, 0.5)


def test_a_note_counts_for_a_year() -> None:
    notes = [a_note("data-5", TODAY - timedelta(days=NOTE_DAYS)), a_note("data-6", TODAY - timedelta(days=366))]
    rows = {row.test.id: row for row in score_card({}, notes, TODAY).rows}
    assert (rows["data-5"].state, rows["data-6"].state) == (CardState.DONE, CardState.OPEN)


@given(
    st.dictionaries(st.sampled_from(sorted(BY_ID)), st.sampled_from([passed(""), failed(""), not_yet("")])),
    st.lists(st.sampled_from(sorted(BY_ID)), unique=True),
)
def test_points_follow_from_states_and_more_notes_never_lower_a_score(
    judged: dict[str, CardJudgement], noted: list[str]
) -> None:
    card = score_card(judged, [a_note(name) for name in noted], TODAY)
    assert all(row.points == POINTS.get(row.state, 0.0) for row in card.rows)
    assert card.score == min(sum(row.points for row in card.of(section)) for section in Section)
    assert card.score >= score_card(judged, [], TODAY).score
    assert all(row.todo for row in card.rows if row.state in (CardState.FAILED, CardState.NOT_YET, CardState.OPEN))
