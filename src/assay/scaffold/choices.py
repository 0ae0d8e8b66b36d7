"""The choices of a new project: each by an option, by an answer on a terminal, or as proposed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Choice(StrEnum):
    """One choice of a new project; its value is the name of the option."""

    DATE = "date-column"
    KEY = "key"
    LABEL = "label"
    KNOWN = "known"
    LATER = "later"
    DELAY = "label-delay"
    TIMEZONE = "timezone"
    OWNER = "owner"
    QUESTION = "question"


QUESTIONS = {
    Choice.DATE: "Column with the date of a row (empty: the path of its file)",
    Choice.KEY: "Columns that identify a row on a day, with commas (empty: one row a day)",
    Choice.LABEL: "What is predicted: a column, or NAME=SQL",
    Choice.KNOWN: "Columns that are known when a row is scored, with commas",
    Choice.DELAY: "Days until the label of a day is known",
    Choice.TIMEZONE: "Time zone of the dates",
    Choice.OWNER: "Address of the owner",
    Choice.QUESTION: "The question that a score answers",
}
"""The choices that a terminal requests, in this order, with their sentences."""

Ask = Callable[[Choice, str], str]
"""Returns the choice of a person; the second argument is the proposal, which is the default."""


@dataclass(frozen=True, slots=True)
class Choices:
    """The options that were given, and the way in which other choices are made."""

    options: Mapping[Choice, str] = field(default_factory=dict)
    ask: Ask | None = None

    def choose(self, choice: Choice, proposal: str) -> str:
        """Return the value of a choice: that of its option, that of the terminal, or the proposal."""
        if choice in self.options:
            return self.options[choice]
        return proposal if self.ask is None else self.ask(choice, proposal)


def listed(text: str) -> tuple[str, ...]:
    """Return the names in a text that commas divide.

    >>> listed(" a, b,")
    ('a', 'b')
    """
    return tuple(name.strip() for name in text.split(",") if name.strip())
