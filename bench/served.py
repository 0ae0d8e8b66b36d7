"""A pipeline with a champion, made by its own run over some days: what the benches of single days begin with."""

from __future__ import annotations

from pathlib import Path

from assay.core.interval import Interval
from assay.spec.project import Project, load_pipeline
from assay.spec.schema.environment import load_environment
from assay.stages.models.model_versions import version_model
from assay.stages.monitoring.monitor import monitor
from assay.stages.operations.run import STAGES, run
from assay.stages.runtime.context import Context
from assay.stages.scoring.score import score
from bench.proof import UnequalError
from bench.setting import Setting


def opened(setting: Setting, root: Path, home: Path, name: str, *, force: bool = False) -> Context:
    """The pipeline `name` of the project at `root`, with everything in `home`, in the benches' own session."""
    environment = load_environment(root, home, "local")
    return Context(
        load_pipeline(Project(root, home, environment), name), claimed="bench", force=force, _spark=setting.spark
    )


def serve(ctx: Context, interval: Interval) -> Path:
    """Run the whole chain over the interval, which has to end with a champion; where the champion's bundle lies."""
    outcomes = run(ctx, interval, list(STAGES))
    state = ctx.promotions.current()
    if state is None or state.champion is None:
        raise UnequalError("no champion came of it: " + "; ".join(f"{o.stage}: {o.sentence}" for o in outcomes))
    score(ctx, interval)  # the days before the champion too: a run leaves them open, and the benches look back at them
    monitor(ctx, interval)
    return Path(version_model(ctx, state.champion, "score").scoring.source)
