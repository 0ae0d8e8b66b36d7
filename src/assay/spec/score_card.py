"""conf/score_cards/<pipeline>.yaml: the tests of the ML Test Score that the team did by hand."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import BeforeValidator, Field, WithJsonSchema

from assay.core.score_card.card import TeamNote
from assay.core.score_card.catalog import BY_ID
from assay.core.suggestions import did_you_mean
from assay.errors import InputError
from assay.spec.project import Pipeline
from assay.spec.schema.field_types import SpecModel, Text, problem
from assay.spec.yaml.document import Document, load_document
from assay.spec.yaml.validation import raise_all, validate


def _day(text: object) -> object:
    if not isinstance(text, str):
        return text
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise problem(f"cannot be '{text}'", "a date is written as 2026-11-30", "bad-date") from None


Day = Annotated[date, BeforeValidator(_day), WithJsonSchema({"type": "string", "format": "date"})]


class NoteSpec(SpecModel):
    """A test that the team did by hand, with its result."""

    id: Text = Field(description="The test's id, such as data-5")
    note: Text = Field(description="What was done, with which result, and where that is documented")
    by: Text = Field(description="Who did it")
    date: Day = Field(description="The date on which it was done; the note counts for a year")


class ScoreCardSpec(SpecModel):
    """conf/score_cards/<pipeline>.yaml, whole."""

    tests: list[NoteSpec] = Field(description="The tests that the team did, each once")


def team_notes(pipeline: Pipeline, today: date) -> tuple[TeamNote, ...]:
    """Return the notes of a pipeline's team; none without the file.

    Raises:
        InputError: The file has a mistake. The error has its place.
        SpecErrors: It has several.
    """
    root = pipeline.project.root
    path = root / "conf" / "score_cards" / f"{pipeline.name}.yaml"
    if not path.exists():
        return ()
    document = load_document(path, root=root)
    notes = validate(ScoreCardSpec, document).tests
    raise_all([error for number in range(len(notes)) for error in _mistakes(notes, number, document, today)])
    return tuple(TeamNote(one.id, one.note, one.by, one.date) for one in notes)


def _mistakes(notes: list[NoteSpec], number: int, document: Document, today: date) -> list[InputError]:
    one, errors = notes[number], []
    where = document.at("tests", number, "id")
    if one.id not in BY_ID:
        hint = did_you_mean(one.id, list(BY_ID))
        errors.append(InputError(f"there is no test '{one.id}'", code="unknown-test", hint=hint, location=where))
    elif one.id in [other.id for other in notes[:number]]:
        hint = "keep the newest note of each test"
        errors.append(InputError(f"'{one.id}' is noted twice", code="duplicate-name", hint=hint, location=where))
    if one.date > today:
        message = f"'{one.id}' cannot be done on {one.date}: today is {today}"
        errors.append(InputError(message, code="bad-date", location=document.at("tests", number, "date")))
    return errors
