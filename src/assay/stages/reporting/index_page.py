"""The index: the state of all pipelines of a project on one page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import assay
from assay.core.text import quantity
from assay.core.verdict import Action
from assay.errors import AssayError
from assay.report.content.headline import Headline, Urgency, UrgentReason, headline
from assay.stages.monitoring.status import status_of
from assay.stages.reporting.links import report_folder
from assay.stages.reporting.series.costs import RECENT, recent_cpu_seconds, stage_costs
from assay.stages.reporting.state import held_by_table, state_of
from assay.stages.runtime.context import Context
from assay.stages.runtime.monitorings import monitorings
from assay.store.users import now_utc


@dataclass(frozen=True, slots=True)
class PipelineRow:
    """A pipeline in the index.

    - `alarms` are the monitorings of the newest RECENT days of data whose action is not none.
    - `cpu_seconds` are those of the runs about these days, None where none was measured.
    - `behind` are the days by which the newest scored day is behind today.
    """

    pipeline: str
    question: str
    owner: str
    headline: Headline
    champion: int | None
    champion_since: str | None
    scored_to: str | None
    behind: int | None
    held: int
    alarms: int
    cpu_seconds: float | None
    link: str


@dataclass(frozen=True, slots=True)
class IndexPage:
    """All pipelines of a project, those first that need a person."""

    project: str
    version: str
    at: str
    headline: Headline
    rows: tuple[PipelineRow, ...]


def index_page(project: str, contexts: Iterable[Context], broken: Iterable[tuple[str, AssayError]]) -> IndexPage:
    """Return the index of these pipelines; a `broken` one cannot be read, and its error is its state."""
    rows = [*map(_row_or_error, contexts), *(_broken_row(name, error) for name, error in broken)]
    rows.sort(key=lambda row: (row.headline.urgency.rank, row.pipeline))
    reasons = [
        UrgentReason(row.headline.urgency, f"{row.pipeline}: {row.headline.sentence}", link=row.link)
        for row in rows
        if row.headline.urgency is not Urgency.GOOD
    ]
    good = f"Nothing is held, and no limit of freshness is missed ({quantity(len(rows), 'pipeline')})."
    return IndexPage(project, assay.__version__, now_utc(), headline(reasons, good), tuple(rows))


def _row_or_error(ctx: Context) -> PipelineRow:
    try:
        return _row(ctx.with_fixed_ledger())
    except AssayError as error:
        return _broken_row(ctx.pipeline.name, error)


def _row(ctx: Context) -> PipelineRow:
    status, spec = status_of(ctx), ctx.pipeline.spec
    monitored = monitorings(ctx)
    newest = max((record.end for record in monitored), default=date.min)
    link = f"{ctx.pipeline.name}/index.html"
    recent = [record for record in monitored if (newest - record.end).days < RECENT]
    return PipelineRow(
        ctx.pipeline.name,
        spec.question,
        spec.owner,
        state_of(ctx),
        status["champion"],
        status["since"],
        status["scored"]["last"],
        status["scored"]["behind_today"],
        sum(map(len, held_by_table(ctx).values())),
        sum(record.status != Action.NONE for record in recent),
        recent_cpu_seconds(stage_costs(ctx)),
        link if (report_folder(ctx.pipeline.project) / link).exists() else "",
    )


def _broken_row(name: str, error: AssayError) -> PipelineRow:
    state = headline([UrgentReason(Urgency.ACT, f"It cannot be read: {error.message}", f"assay check {name}")], "")
    return PipelineRow(name, "", "", state, None, None, None, None, 0, 0, None, "")
