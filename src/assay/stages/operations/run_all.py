"""Run all pipelines of a project in the order of what they share; a failed one stops only those that depend on it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from assay.connections import source_table_of
from assay.core.operations.pipeline_order import PipelineLink, run_order
from assay.core.text import quantity
from assay.errors import AssayError
from assay.stages.runtime.context import Context, StageOutcome, exit_code
from assay.store.ledger.table_owners import Owners


class PipelineState(StrEnum):
    """The end of a pipeline: it ran to its end, an error ended it, or it did not run since another one failed."""

    RAN = "ran"
    FAILED = "failed"
    NOT_RUN = "not run"


@dataclass(frozen=True, slots=True)
class PipelineEnd:
    """The result of one pipeline.

    - `outcomes` are those of its stages, in order; some even where an error ended it.
    - `error` is that error, None where there is none.
    - `because` is the clause with the pipeline that it waited for, empty where it ran.
    """

    pipeline: str
    state: PipelineState
    outcomes: tuple[StageOutcome, ...] = ()
    error: AssayError | None = None
    because: str = ""

    @property
    def exit_code(self) -> int:
        """The code of the error, else the worst of the outcomes; 0 for a pipeline that did not run."""
        return self.error.exit_code if self.error is not None else exit_code(list(self.outcomes))

    @property
    def sentence(self) -> str:
        """The result in one sentence."""
        if self.state is PipelineState.NOT_RUN:
            return f"not run, since it {self.because}"
        if self.error is not None:
            return f"error[{self.error.code}]: {self.error}"
        worst = [f"{one.stage} {one.sentence}" for one in self.outcomes if one.exit_code == self.exit_code != 0]
        return quantity(len(self.outcomes), "step") + (f"; {worst[0]}" if worst else "")

    def to_json(self) -> dict[str, Any]:
        """Return the result as plain JSON types."""
        return {
            "pipeline": self.pipeline,
            "state": self.state.value,
            "exit_code": self.exit_code,
            "sentence": self.sentence,
            "error": None if self.error is None else self.error.code,
            "outcomes": [outcome.to_json() for outcome in self.outcomes],
        }


def links_of(contexts: Iterable[Context]) -> dict[str, list[PipelineLink]]:
    """Return for each pipeline why it comes after another one.

    It shares a table that the other one owns, or it reads the other one's predictions or table as a source.
    """
    contexts = list(contexts)
    makers = {str(one.folder("predictions", one.pipeline.name)): one.pipeline.name for one in contexts}
    for one in contexts:
        for table in one.pipeline.spec.tables:
            makers.setdefault(str(one.folder("clean", table)), _owner(one, table) or one.pipeline.name)
    return {one.pipeline.name: [*_shared(one), *_read(one, makers)] for one in contexts}


def in_order(contexts: Sequence[Context], links: Mapping[str, Sequence[PipelineLink]]) -> list[Context]:
    """Return the contexts in the order of their links; they look at landed files once, together.

    Raises:
        InputError: Some pipelines wait for each other.
    """
    by_name = {one.pipeline.name: one for one in contexts}
    ordered = [by_name[name] for name in run_order(links)]
    for one in ordered[1:]:
        one.reader = ordered[0].reader
    return ordered


def run_all(
    contexts: Sequence[Context],
    links: Mapping[str, Sequence[PipelineLink]],
    broken: Mapping[str, AssayError],
    run_one: Callable[[Context, list[StageOutcome]], None],
) -> list[PipelineEnd]:
    """Run each pipeline by `run_one`, and return the results in the order of the run.

    Args:
        contexts: The pipelines, in their order.
        links: Why one comes after another, as `links_of` returns them.
        broken: The errors of the pipelines that could not be read; they are failed ones.
        run_one: Runs one pipeline, and appends the outcome of each stage to the list.
    """
    ends = {name: PipelineEnd(name, PipelineState.FAILED, error=error) for name, error in sorted(broken.items())}
    for ctx in contexts:
        name = ctx.pipeline.name
        ends[name] = _end_of(ctx, links[name], ends, run_one)
    return list(ends.values())


def _end_of(
    ctx: Context,
    links: Sequence[PipelineLink],
    ends: Mapping[str, PipelineEnd],
    run_one: Callable[[Context, list[StageOutcome]], None],
) -> PipelineEnd:
    name = ctx.pipeline.name
    for link in links:
        before = ends.get(link.after)
        if before is not None and before.state is not PipelineState.RAN:
            because = f"{link.why}, and {link.after} {'failed' if before.error else 'did not run'}"
            return PipelineEnd(name, PipelineState.NOT_RUN, because=because)
    done: list[StageOutcome] = []
    try:
        run_one(ctx, done)
    except AssayError as error:
        return PipelineEnd(name, PipelineState.FAILED, tuple(done), error)
    return PipelineEnd(name, PipelineState.RAN, tuple(done))


def _owner(ctx: Context, table: str) -> str:
    current = Owners(ctx.lake, table).current()
    return "" if current is None else current.owner


def _shared(ctx: Context) -> list[PipelineLink]:
    owners = {table: _owner(ctx, table) for table in ctx.pipeline.spec.tables}
    return [
        PipelineLink(owner, f"shares the table {table}, which {owner} owns")
        for table, owner in owners.items()
        if owner not in ("", ctx.pipeline.name)
    ]


def _read(ctx: Context, makers: Mapping[str, str]) -> list[PipelineLink]:
    """Return a link for each source that lies in a folder which another pipeline writes; `makers` has the folders."""
    links = []
    for table, spec in ctx.pipeline.spec.tables.items():
        project, source = ctx.pipeline.project, spec.from_
        place = str(ctx.landing / source.path if source.table is None else source_table_of(project, source))
        made = next((name for folder, name in makers.items() if place == folder or place.startswith(f"{folder}/")), "")
        if made not in ("", ctx.pipeline.name):
            links.append(PipelineLink(made, f"reads what {made} writes as the source of {table}"))
    return links
