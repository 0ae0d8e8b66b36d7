"""`models`: the versions and which of them is champion, now or at an instant; no JVM, no MLflow."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

import click

from assay.cli.options import CommandOptions, champion_clause, given_by, json_option, pipeline_options
from assay.connections import refuse_never_begun
from assay.errors import InputError
from assay.stages.promotion.championship import ChampionAt, champion_at
from assay.stages.promotion.promote import known_versions
from assay.stages.reviews.staleness import staleness_document, staleness_lines, staleness_of
from assay.stages.reviews.variants import variants_document, variants_lines, variants_of
from assay.stages.runtime.context import Context
from assay.store.decisions.promotions import PROMOTION_FORMAT


@click.command("models")
@given_by(pipeline_options, json_option)
@click.option("--at", metavar="DATE|INSTANT", help="Only who was champion then, and whose scores that date has.")
@click.option("--age", is_flag=True, help="Only what the age of the served models cost, and how often to train.")
@click.option("--variants", is_flag=True, help="Only champion, challengers and earlier versions, side by side.")
def models(options: CommandOptions, at: str | None, age: bool, variants: bool) -> int:
    """List the versions, the champion, and every change of it with its reason."""
    ctx = options.context()
    refuse_never_begun(ctx.pipeline.project)
    if age + variants + (at is not None) > 1:
        hint = f"assay models {ctx.pipeline.name} --age"
        raise InputError("one of --age, --at and --variants", code="usage", hint=hint)
    document, lines = _answer(ctx, at, age, variants)
    click.echo(json.dumps(document, indent=2) if options.as_json else "\n".join(lines))
    return 0


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
        return {"pipeline": ctx.pipeline.name, **answer.to_json()}, _answer_lines(answer)
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


def _lines(ctx: Context) -> list[str]:
    history = ctx.promotions.history()
    state = history[-1] if history else None
    lines = []
    for version, entry in sorted(known_versions(state).items()):
        role = "champion" if state is not None and state.champion == version else ""
        lines.append(f"version {version:<4} {entry.name:<12} {role:<11} {entry.digest[:12]}")
    for p in history:
        lines.append(f"{p.number:>4}  {p.at}  {p.kind:<9} {champion_clause(p.champion)}  {p.actor}: {p.why}")
    return lines if history else [*lines, "no model was promoted yet"]


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
