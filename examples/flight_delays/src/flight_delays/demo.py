"""`make demo`: a year of flights, month by month, as it would have happened, with three things going wrong."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

from rich.console import Console

from assay.api import open_pipeline
from assay.cli.interrupt import prepare_terminal
from assay.core.interval import Interval
from assay.models.mlflow.addresses import opened_by
from assay.stages.evaluation.gate import gate
from assay.stages.operations.run import run, select_stages
from assay.stages.promotion.aliases import align_aliases
from assay.stages.promotion.promote import rollback
from assay.stages.reporting.write_report import write_index, write_report
from assay.stages.runtime.context import Context, StageOutcome
from assay.stages.training.train import train
from flight_delays.faults import corrupt_day, restore_day
from flight_delays.landing import write_drops
from flight_delays.story import print_story

PIPELINE = "flight_delays"
YEAR = date(2013, 1, 1)
LATEST = timedelta(days=3)
CORRUPTED = date(2013, 3, 12)
SHUFFLED = date(2013, 7, 1)
ROLLED_BACK = date(2013, 10, 1)


class Demo:
    """The year, printed on a console while it runs."""

    def __init__(self, ctx: Context, console: Console) -> None:
        self.ctx = ctx
        self.console = console
        landing = ctx.landing
        if not isinstance(landing, Path):
            raise TypeError(f"the demo lets its drops land on this machine, not in {landing}")
        self.drops = landing / "landing"
        self.started = time.monotonic()

    def say(self, line: str) -> None:
        """Print one line with the time that has passed, in minutes and seconds."""
        passed = int(time.monotonic() - self.started)
        self.console.print(f"[dim]{passed // 60}:{passed % 60:02d}[/dim]  {line}", highlight=False, soft_wrap=True)

    def month(self, first: date) -> None:
        """Let the month's drops arrive, and run the whole loop over it."""
        interval = Interval(first, _next(first))
        self.say(f"[bold]{first:%B %Y}[/bold]")
        write_drops(self.drops, max(first - LATEST, YEAR), interval.end, arrived_before=interval.end)
        if first.month == CORRUPTED.month:
            corrupt_day(self.drops, CORRUPTED)
            self.say(f"[red]on purpose:[/red] the plan of {CORRUPTED} arrives corrupted")
        run(self.ctx, interval, select_stages(None), self.tell)
        if first.month == CORRUPTED.month:
            self.mend(interval)
        if first.month == SHUFFLED.month:
            self.shuffle()
        if first.month == ROLLED_BACK.month:
            self.roll_back()

    def tell(self, outcome: StageOutcome) -> None:
        """Print the sentence of a stage, except for landing and validation without a failure."""
        if outcome.stage in ("land", "validate") and outcome.exit_code == 0:
            return
        colour = {0: "green", 3: "red"}.get(outcome.exit_code, "yellow")
        self.say(f"  [{colour}]{outcome.stage:<9}[/{colour}] {outcome.sentence}")

    def mend(self, interval: Interval) -> None:
        """Let upstream send the day again; only that partition is redone."""
        restore_day(self.drops, CORRUPTED)
        self.say(f"upstream sends {CORRUPTED} again")
        for outcome in run(self.ctx, interval, ["land", "clean"]):
            if outcome.subject == "flights":
                self.tell(outcome)

    def shuffle(self) -> None:
        """Train a contender on shuffled labels: the gate has to refuse it."""
        self.say("[red]on purpose:[/red] a contender is trained on shuffled labels")
        self.ctx.why = "does the gate refuse what has learned nothing?"
        self.tell(train(self.ctx, SHUFFLED, name="shuffled", candidates="flight_delays.faults:shuffled_candidates"))
        self.tell(gate(self.ctx, SHUFFLED, name="shuffled"))
        self.ctx.why = ""

    def roll_back(self) -> None:
        """Let the on-call engineer roll back the newest champion, with a reason."""
        state = self.ctx.promotions.current()
        champions = {p.champion for p in self.ctx.promotions.history()} - {None}
        if state is None or len(champions) < 2:
            self.say("no second champion yet, so there is nothing to roll back to")
            return
        self.say("[red]on purpose:[/red] the on-call engineer rolls the champion back")
        self.ctx.why = "the airline reports odd scores since the last promotion"
        started = time.monotonic()
        outcome = rollback(self.ctx)
        took = time.monotonic() - started
        align_aliases(self.ctx)
        self.ctx.why = ""
        self.tell(outcome)
        self.say(f"  [dim]the rollback took {took:.2f} s, and started no JVM[/dim]")


def _next(first: date) -> date:
    return date(first.year + first.month // 12, first.month % 12 + 1, 1)


def _fresh(home: Path, say: Callable[[str], None]) -> None:
    """Remove what an earlier demo left, and nothing else: the demo shows a year from its beginning."""
    for name in ("lake", "known_lakes", "landing", "mlflow.db", "mlartifacts", "cache", "report"):
        path = home / name
        if path.is_dir():
            shutil.rmtree(path)
        elif path.exists():
            path.unlink()
    say(f"everything goes to {home}")


def main() -> int:
    """Run the year, print what happened, and return the exit code."""
    prepare_terminal()
    console = Console(width=None if sys.stdout.isatty() else 140)
    opened = open_pipeline(PIPELINE, claimed="demo")
    opened.context.pipeline.project.home.mkdir(parents=True, exist_ok=True)  # the demo makes the home, also a named one
    demo = Demo(opened.context, console)
    _fresh(opened.context.pipeline.project.home, demo.say)
    for month in range(1, 13):
        demo.month(date(2013, month, 1))
    report = write_report(opened.context).path
    write_index(opened.context.pipeline.project)
    print_story(opened.context, console)
    seconds = int(time.monotonic() - demo.started)
    console.print(f"\na year in {seconds // 60} minutes {seconds % 60} seconds")
    console.print(f"report     {report}", soft_wrap=True)
    tracking = opened.context.pipeline.project.environment.mlflow_tracking
    console.print(f"MLflow     .venv/bin/{opened_by(tracking)}", soft_wrap=True)
    console.print(f"           then {opened.context.registry.runs_address()}", soft_wrap=True)
    commands = ("status flight_delays", "models flight_delays", "explain RUN")
    console.print("next       " + " · ".join(f".venv/bin/assay {command}" for command in commands), soft_wrap=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
