"""`models`: the versions and which of them is champion, now or at an instant; no JVM, no MLflow."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from typing import Any

import click

from assay.cli.commands.overview.pipeline_ends import broken_documents, broken_exit_code, show_broken
from assay.cli.options import (
    CommandOptions,
    champion_clause,
    each_pipeline,
    given_by,
    json_option,
    pipeline_name,
    pipeline_names,
    pipeline_options,
)
from assay.cli.terminal.run_cells import short_time
from assay.cli.terminal.screen import TextStyle, printable, screen_of
from assay.cli.terminal.table import TableColumn, TableRow, table_lines
from assay.connections import refuse_never_begun
from assay.errors import InputError
from assay.stages.promotion.championship import ChampionAt, champion_at
from assay.stages.promotion.promote import known_versions
from assay.stages.reviews.staleness import staleness_document, staleness_lines, staleness_of
from assay.stages.reviews.variants import variants_document, variants_lines, variants_of
from assay.stages.runtime.context import Context
from assay.store.decisions.promotions import PROMOTION_FORMAT, PromotionKind

VERSION_COLUMNS = (
    TableColumn("version", right=True),
    TableColumn("name", cut=True),
    TableColumn("role"),
    TableColumn("recipe", drop=1),
    TableColumn("bundle"),
)
CHANGE_COLUMNS = (
    TableColumn("change", right=True),
    TableColumn("at (UTC)"),
    TableColumn("kind"),
    TableColumn("champion", right=True),
    TableColumn("who", cut=True),
)


@click.command("models")
@given_by(pipeline_options, json_option)
@click.option("--at", metavar="DATE|INSTANT", help="Only who was champion then, and whose scores that date has.")
@click.option("--age", is_flag=True, help="Only what the age of the served models cost, and how often to train.")
@click.option("--variants", is_flag=True, help="Only champion, challengers and earlier versions, side by side.")
def models(options: CommandOptions, at: str | None, age: bool, variants: bool) -> int:
    """List the versions, the champion, and every change of it with its reason, newest first.

    Without PIPELINE it lists the versions of all pipelines.
    """
    chosen = age + variants + (at is not None)
    names = [pipeline_name(options.pipeline, options.named, options.env)] if chosen else pipeline_names(options)
    if chosen > 1:
        hint = f"assay models {names[0]} --age"
        raise InputError("one of --age, --at and --variants", code="usage", hint=hint)

    def answer(ctx: Context) -> tuple[Mapping[str, Any], list[str]]:
        refuse_never_begun(ctx.pipeline.project)
        document, lines = _answer(ctx, at, age, variants)
        return document, list(lines)

    answers, broken = each_pipeline(names, options, answer)
    if options.as_json:
        documents = [document for document, _ in answers.values()]
        several = {"pipelines": [*documents, *broken_documents(broken)]}
        click.echo(json.dumps(documents[0] if len(names) == 1 else several, indent=2))
    else:
        click.echo("\n\n".join("\n".join(lines) for _, lines in answers.values()))
    show_broken(broken)
    return broken_exit_code(broken)


def _answer(ctx: Context, at: str | None, age: bool, variants: bool) -> tuple[Mapping[str, Any], Iterable[str]]:
    """Return the answer as a document and as lines."""
    if age:
        aged = staleness_of(ctx)
        return staleness_document(ctx, aged), staleness_lines(ctx, aged)
    if variants:
        table = variants_of(ctx)
        return variants_document(ctx, table), variants_lines(ctx, table)
    if at is not None:
        answer = champion_at(ctx, at)
        return {"pipeline": ctx.pipeline.name, **answer.to_json()}, map(printable, _answer_lines(answer))
    return _document(ctx), _lines(ctx)


def _document(ctx: Context) -> dict[str, object]:
    history = ctx.promotions.history()
    state = history[-1] if history else None
    return {
        "pipeline": ctx.pipeline.name,
        "champion": state.champion if state else None,
        "versions": {str(version): asdict(entry) for version, entry in known_versions(state).items()},
        "history": [PROMOTION_FORMAT.fields(p) for p in history],
    }


def _lines(ctx: Context) -> Iterator[str]:
    """Yield the versions and the changes of the champion, newest first."""
    history, screen = ctx.promotions.history(), screen_of(sys.stdout)
    state = history[-1] if history else None
    clause = champion_clause(state.champion) if state else "no model was promoted yet"
    yield screen.styled(f"{ctx.pipeline.name}: {clause}", TextStyle.BOLD)
    champion = state.champion if state else None
    versions = [
        TableRow(
            (str(version), entry.name, "champion" if version == champion else "", entry.recipe[:12], entry.digest[:12]),
            style=TextStyle.GREEN if version == champion else None,
        )
        for version, entry in sorted(known_versions(state).items(), reverse=True)
    ]
    yield from [""] if versions else []
    yield from table_lines(VERSION_COLUMNS, versions, screen, indent=2)
    changes = [
        TableRow(
            (str(p.number), short_time(p.at), str(p.kind), str(p.champion or "none"), str(p.actor)),
            p.why,
            style=TextStyle.YELLOW if p.kind is PromotionKind.ROLLBACK else None,
        )
        for p in reversed(history)
    ]
    yield from [""] if changes else []
    yield from table_lines(CHANGE_COLUMNS, changes, screen, indent=2)


def _answer_lines(answer: ChampionAt) -> list[str]:
    lines = []
    if answer.period is None or answer.period.champion is None:
        lines.append(f"at {answer.instant.isoformat()} no version was champion")
    else:
        began, until = answer.period.began_by, answer.period.until
        lines += [
            f"at {answer.instant.isoformat()} version {answer.period.champion} was champion",
            f"  since {began.at}, by {began.kind} {began.number} of {began.actor}: {began.why}",
            f"  until {until}" if until else "  until now",
        ]
    if not answer.scores:
        return [*lines, f"{answer.date} has no scores"]
    *replaced, newest = answer.scores
    lines.append(f"{answer.date} has the scores of version {newest.version}: {newest.rows:,} rows")
    lines.append(f"  by {newest.who} at {newest.at}, run {newest.run_id}")
    for one in reversed(replaced):
        lines.append(f"  in place of those of version {one.version}, by {one.who} at {one.at}, run {one.run_id}")
    return lines
