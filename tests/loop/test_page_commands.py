"""The commands of the pages for people who operate a pipeline, in the order in which a page has them.

A placeholder is replaced by what a pipeline has: its name, a date, a run, a table, a version. The commands of the
README and of the tutorial have tests of their own; those of the pages on clusters and on Airflow need these.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest

from assay.core.interval import Interval
from assay.stages.promotion.promote import promote
from assay.stages.scoring.score import score

from ..another_version import another_version
from ..unit.documentation.documented_commands import documented_commands
from .conftest import TRAINED, Project

LAST = "2024-02-07"
ANSWERS = [
    ("promote", "--date"),
    ("decline", "--date"),
    ("promote", "--proposal"),
    ("decline", "--proposal"),
    ("promote", "--override"),
]


def commands_of(page: str) -> list[tuple[str, ...]]:
    """The words of the page's commands of `assay`, without the program."""
    return [
        one.words[1:] for one in documented_commands() if one.place.startswith(f"{page}:") and one.program == "assay"
    ]


def filled(words: tuple[str, ...], values: Mapping[str, str]) -> list[str]:
    return [values.get(word, word) for word in words]


def is_an_answer(words: tuple[str, ...]) -> bool:
    return words[0] in {"promote", "decline"}


@pytest.fixture
def served(own: Project) -> Project:
    """Two champions, one after the other, and a week of scores."""
    ctx = own.context(why="it was shown better")
    score(ctx, Interval(date(2024, 2, 1), date(2024, 2, 4)))
    promote(ctx, another_version(ctx, TRAINED))
    score(ctx, Interval(date(2024, 2, 4), TRAINED))
    return own


def test_the_commands_of_the_runbook_do_what_the_page_says_they_are_for(served: Project, tmp_path: Path) -> None:
    file = tmp_path / "parcels.csv"
    file.write_bytes(served.drop(LAST).read_bytes())
    run = served.context().ledger.records("train")[-1].run_id
    values = {"P": "parcels", "D": LAST, "RUN": run, "TABLE": "parcels", "FILE": str(file), "7": "2", "8": "2"}
    commands = [words for words in commands_of("docs/runbook.md") if not is_an_answer(words)]
    assert len(commands) >= 14
    champions = []
    for words in commands:
        done = served.here(*filled(words, values))
        assert done.returncode == 0, f"{shlex.join(words)}\n{done.stdout}{done.stderr}"
        state = served.context().promotions.current()
        assert state is not None
        champions.append(state.champion)
    changes = [one for one, before in zip(champions[1:], champions, strict=False) if one != before]
    assert changes == [1, 2, 1], "rolled back, to a version by its number, and back with a repair"
    scored = {state.version for _, state in served.context().ledger.latest("score", "parcels").values()}
    assert scored == {1}


def test_the_commands_of_the_page_on_maintenance_run(served: Project) -> None:
    commands = commands_of("docs/maintenance.md")
    assert len(commands) >= 2
    for words in commands:
        done = served.here(*filled(words, {"flight_delays": "parcels"}))
        assert done.returncode == 0, f"{shlex.join(words)}\n{done.stdout}{done.stderr}"


@pytest.mark.parametrize(("name", "option"), ANSWERS)
def test_each_answer_to_a_proposal_of_the_runbook_ends_it(name: str, option: str, proposed: Project) -> None:
    answers = [one for one in commands_of("docs/runbook.md") if one[0] == name and option in one]
    [words] = [one for one in answers if option == "--override" or "--override" not in one]
    run = proposed.context().ledger.records("gate")[-1].run_id
    values = {"P": "parcels", "D": str(TRAINED), "RUN": run, "...": "it was looked at"}
    done = proposed.here(*filled(words, values | {"CONTENDER": "boosted", "LAST_DAY": "2099-12-31"}))
    assert done.returncode == 0, done.stdout + done.stderr
    state = proposed.context().promotions.current()
    assert (state is not None and state.champion == 1) == (name == "promote")


def test_every_answer_of_the_runbook_is_tested() -> None:
    answers = [words for words in commands_of("docs/runbook.md") if is_an_answer(words)]
    assert len(answers) == len(ANSWERS)
