"""A score card: the state of each test, the score of each section, and how the paper reads the score."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from assay.core.score_card.catalog import TESTS, CardTest, Section

NOTE_DAYS = 365
"""The days for which a note of the team counts: the paper wants a test repeated."""

READINGS = (
    (0.0, "More of a research project than a system in production."),
    (1.0, "Not totally untested, but serious holes in reliability are possible."),
    (2.0, "A first pass at putting it into production is done; more investment may be needed."),
    (3.0, "Reasonably tested; more of the tests and procedures may be automated."),
    (5.0, "Strong automated testing and monitoring, fit for systems that a business depends on."),
    (7.0, "Exceptional automated testing and monitoring."),
)
"""The highest score of each range, with the paper's words for it (its Table VI), in short."""


class CardState(StrEnum):
    """The state of a test: judged by Assay (passed, failed, not yet), or by the team (done, open)."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_YET = "not yet"
    DONE = "done"
    OPEN = "open"


class EvidenceKind(StrEnum):
    """The kind of what a judgement rests on: each is stored, and can be read again."""

    RUN = "run"
    VERDICT = "verdict"
    VERSION = "version"
    PROMOTION = "promotion"
    DOCUMENT = "document"
    FILE = "file"
    TABLE = "table"
    COMMAND = "command"


@dataclass(frozen=True, slots=True)
class CardEvidence:
    """A pointer to what a judgement rests on: a run's id, a file's path, a version's number."""

    kind: EvidenceKind
    name: str


@dataclass(frozen=True, slots=True)
class CardJudgement:
    """The result of an automatic test: its state, one sentence, and the evidence.

    The `todo` replaces that of the test where it is not empty.
    """

    state: CardState
    sentence: str
    evidence: tuple[CardEvidence, ...] = ()
    todo: str = ""


@dataclass(frozen=True, slots=True)
class TeamNote:
    """A test that the team did by hand: the result, who did it, and when."""

    id: str
    note: str
    by: str
    day: date


@dataclass(frozen=True, slots=True)
class CardRow:
    """A test with its state, its points (0, 0.5 or 1), and what to do where it has less than 1.

    The evidence is `rests_on`.
    """

    test: CardTest
    state: CardState
    points: float
    sentence: str
    rests_on: tuple[CardEvidence, ...]
    todo: str
    note: TeamNote | None = None


@dataclass(frozen=True, slots=True)
class ScoreCard:
    """The rows of all tests, the sum of each section, the score (their minimum) and how the paper reads it."""

    rows: tuple[CardRow, ...]
    sections: Mapping[Section, float]
    score: float
    reading: str

    def of(self, section: Section) -> tuple[CardRow, ...]:
        """Return the rows of a section."""
        return tuple(row for row in self.rows if row.test.section is section)

    @property
    def automatic(self) -> int:
        """The number of tests that Assay judges."""
        return sum(row.test.automatic for row in self.rows)


def score_card(judged: Mapping[str, CardJudgement], notes: Sequence[TeamNote], today: date) -> ScoreCard:
    """Return the card of a pipeline from the judgements and the notes, both by the id of their test.

    A test that passes automatically has 1 point, one that the team did and documented 0.5 (section II of the paper).
    One that fails has none: a note does not outrank a verdict. The score is the minimum of the four sections.
    """
    by_id = {note.id: note for note in notes}
    rows = tuple(_row(test, judged.get(test.id), by_id.get(test.id), today) for test in TESTS)
    sections = {section: sum(row.points for row in rows if row.test.section is section) for section in Section}
    score = min(sections.values())
    return ScoreCard(rows, sections, score, reading(score))


def reading(score: float) -> str:
    """Return how the paper reads a score.

    >>> reading(0.0) == READINGS[0][1], reading(0.5) == reading(1.0) == READINGS[1][1], reading(5.5) == READINGS[5][1]
    (True, True, True)
    """
    return next(words for highest, words in READINGS if score <= highest)


def _row(test: CardTest, judged: CardJudgement | None, note: TeamNote | None, today: date) -> CardRow:
    judged = judged or CardJudgement(CardState.OPEN, "The team has not noted it yet.")
    todo = judged.todo or test.todo
    if judged.state is CardState.PASSED:
        return CardRow(test, CardState.PASSED, 1.0, judged.sentence, judged.evidence, "", note)
    if judged.state is CardState.FAILED or note is None:
        return CardRow(test, judged.state, 0.0, judged.sentence, judged.evidence, todo, note)
    last = note.day + timedelta(days=NOTE_DAYS)
    if today > last:
        return CardRow(test, judged.state, 0.0, f"The note counted until {last}.", judged.evidence, todo, note)
    left = todo if test.automatic else ""
    return CardRow(test, CardState.DONE, 0.5, f"{note.note} ({note.by}, {note.day})", judged.evidence, left, note)
