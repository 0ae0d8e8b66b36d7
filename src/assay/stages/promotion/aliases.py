"""MLflow's aliases follow the promotions: after each change, and later by any command that finds them behind."""

from __future__ import annotations

import time
from dataclasses import dataclass

from assay.errors import AssayError
from assay.models.mlflow.client import shown
from assay.stages.promotion.version_texts import version_texts
from assay.stages.runtime.context import Context
from assay.stages.runtime.mlflow_faults import mlflow_fault
from assay.store.decisions.aligned_aliases import AlignedAliases
from assay.store.failpoints import failpoint
from assay.store.locks.locks import hold

DEADLINE_SECONDS = 30.0
"""Seconds that a command waits for the aliases, the import of MLflow included: its client alone tries for minutes."""

SHORTEST_SECONDS = 1.0
"""Seconds that the pages of the versions get at least, of what the aliases left."""


@dataclass(frozen=True, slots=True)
class AliasLag:
    """The promotion that holds, and the earlier one that MLflow's aliases follow (0 for none that is known)."""

    promotion: int
    aligned: int

    @property
    def sentence(self) -> str:
        """The lag and its repair.

        >>> AliasLag(4, 3).sentence
        "MLflow's aliases lag behind promotion 4; the next score, monitor, gate, promote or rollback repairs them"
        """
        repair = "the next score, monitor, gate, promote or rollback repairs them"
        return f"MLflow's aliases lag behind promotion {self.promotion}; {repair}"


def alias_lag(ctx: Context) -> AliasLag | None:
    """Return how far MLflow's aliases are behind the promotions, by the note in the lake; None if they are not."""
    state = ctx.promotions.current()
    aligned = _note(ctx).promotion()
    return AliasLag(state.number, aligned) if state is not None and aligned < state.number else None


def align_aliases(ctx: Context, *, only_if_behind: bool = False) -> str:
    """Let MLflow's aliases name the champion of the newest promotion, within `DEADLINE_SECONDS`.

    A fault of MLflow undoes no promotion and fails no stage.

    Args:
        ctx: The pipeline and its lake.
        only_if_behind: Trust the note in the lake, and leave MLflow alone where the aliases are in line by it.

    Returns:
        An empty text, or one line with the lag, its repair and its cause.
    """
    started, lag = time.monotonic(), None
    try:
        lag = alias_lag(ctx)
    except (AssayError, OSError) as error:
        cause = error.message if isinstance(error, AssayError) else str(error)
        return f"the aliases of MLflow were not compared with the promotions ({cause})"
    if only_if_behind and lag is None:
        return ""
    fault = mlflow_fault(ctx, DEADLINE_SECONDS, lambda: _align(ctx))
    if fault:
        return f"{lag.sentence if lag else 'the aliases of MLflow were not compared with the promotions'} ({fault})"
    left = max(DEADLINE_SECONDS - (time.monotonic() - started), SHORTEST_SECONDS)
    fault = mlflow_fault(ctx, left, lambda: _show_versions(ctx))
    return (
        f"MLflow's pages of the versions are behind; the next gate or monitor corrects them ({fault})" if fault else ""
    )


def repair_aliases(ctx: Context) -> bool:
    """Bring aliases that lag in line, at the end of a stage that changes no promotion; a failure is only reported.

    Returns:
        Whether nothing lags any more.
    """
    warning = align_aliases(ctx, only_if_behind=True)
    if warning:
        ctx.progress(warning)
    return not warning


def _align(ctx: Context) -> None:
    """Align the aliases as their one writer, so that no late writer leaves an older promotion behind its note.

    On HDFS a writer that was stopped for long loses the lock: hence each looks again at what it left.
    """
    from assay.models.mlflow.aliases import project_alias

    tracking, name = ctx.pipeline.project.environment.mlflow_tracking, ctx.pipeline.name
    with hold(ctx.lake, f"aliases/{name}", None, wait=DEADLINE_SECONDS):
        projected = None
        while (state := ctx.promotions.current()) is not None and state != projected:
            project_alias(tracking, name, state.champion)
            failpoint("aliases:before-note")
            _note(ctx).write(state.number)
            projected = state


def _show_versions(ctx: Context) -> None:
    """Let MLflow's pages of the versions show their looks, promotions, rollbacks and days of service."""
    from assay.models.mlflow.projection import project_versions

    tracking, name = ctx.pipeline.project.environment.mlflow_tracking, ctx.pipeline.name
    with hold(ctx.lake, f"aliases/{name}", None, wait=DEADLINE_SECONDS):
        project_versions(tracking, name, version_texts(ctx))


def _note(ctx: Context) -> AlignedAliases:
    """Return the note in the lake; a database in the home keeps its note after the home was moved."""
    project = ctx.pipeline.project
    address = shown(project.environment.mlflow_tracking).replace(str(project.home), "$ASSAY_HOME")
    return AlignedAliases(ctx.lake, ctx.pipeline.name, address)
