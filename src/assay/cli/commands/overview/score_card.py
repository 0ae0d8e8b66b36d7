"""`score-card`: the 28 tests of the ML Test Score for a pipeline, from what is stored; no JVM, no MLflow."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator

import click

from assay.cli.options import CommandOptions, given_by, json_option, pipeline_options
from assay.cli.terminal.screen import Screen, TextStyle, screen_of
from assay.cli.terminal.table import TableColumn, TableRow, table_lines
from assay.connections import refuse_never_begun
from assay.core.score_card.card import CardRow, CardState, ScoreCard
from assay.core.score_card.catalog import Section
from assay.core.text import quantity

COLUMNS = (TableColumn("test"), TableColumn("points", right=True), TableColumn("state"), TableColumn("title", cut=True))
STYLES = {
    CardState.PASSED: TextStyle.GREEN,
    CardState.FAILED: TextStyle.RED,
    CardState.NOT_YET: TextStyle.YELLOW,
}


@click.command("score-card")
@given_by(pipeline_options, json_option)
def score_card_command(options: CommandOptions) -> int:
    """Show the 28 tests of the ML Test Score (Breck and others, 2017) and the score of a pipeline.

    Most tests are judged from what is stored. The others are left to the team, whose notes are in
    conf/score_cards/PIPELINE.yaml.
    """
    from assay.report.document import document_of
    from assay.stages.score_card.score_card import score_card_of

    ctx = options.context()
    refuse_never_begun(ctx.pipeline.project)
    card = score_card_of(ctx)
    if options.as_json:
        click.echo(json.dumps({"pipeline": ctx.pipeline.name, **document_of(card)}, indent=2))
    else:
        click.echo("\n".join(score_card_lines(ctx.pipeline.name, card, screen_of(sys.stdout))))
    return 0


def score_card_lines(pipeline: str, card: ScoreCard, screen: Screen) -> Iterator[str]:
    """Yield a score card as lines: the score, then the tests of each section."""
    yield screen.styled(f"{pipeline}: ML Test Score {card.score:g}", TextStyle.BOLD)
    yield f"  {card.reading}"
    passed = sum(row.state is CardState.PASSED for row in card.rows)
    yield f"  {passed} of {quantity(card.automatic, 'automatic test')} passed; the score is that of the lowest section."
    for section in Section:
        yield ""
        yield screen.styled(f"  {section}: {card.sections[section]:g} of 7", TextStyle.BOLD)
        yield from table_lines(COLUMNS, [_row(row) for row in card.of(section)], screen, indent=2)


def _row(row: CardRow) -> TableRow:
    evidence = ", ".join(f"{one.kind} {one.name}" for one in row.rests_on)
    details = (row.sentence, f"see: {evidence}" if evidence else "", f"to do: {row.todo}" if row.todo else "")
    cells = (row.test.id, f"{row.points:g}", str(row.state), row.test.title)
    return TableRow(cells, details=tuple(filter(None, details)), style=STYLES.get(row.state))
