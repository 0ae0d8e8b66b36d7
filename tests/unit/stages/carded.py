"""What the tests of a score card share: facts of a pipeline, runs with verdicts, and changes of its spec."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from assay.core.check import Finding, Status
from assay.core.interval import Interval
from assay.core.run_status import RunStatus
from assay.core.verdict import Action, Verdict
from assay.stages.runtime.context import Context
from assay.stages.score_card.card_facts import CardFacts, facts_of
from assay.stages.score_card.project_tests import read_project_tests
from assay.store.ledger.footprint import RunUse
from assay.store.ledger.run_details import CleaningDetails
from assay.store.ledger.run_documents import DAILY_VERDICTS
from assay.store.ledger.run_record import PartitionFingerprint, PartitionState, PartitionStatus, RunRecord

TODAY = date(2024, 6, 1)
GOOD_FINDING = Finding("rows", Status.PASS, "There are rows.")


def facts(ctx: Context, project: Path | None = None, today: date = TODAY) -> CardFacts:
    """The facts of a pipeline, with the tests of another folder if one is given."""
    made = facts_of(ctx, today)
    return made if project is None else replace(made, tests=read_project_tests(project))


def with_spec(ctx: Context, **sections: dict[str, Any]) -> None:
    """Change keys of sections of the spec."""
    spec = ctx.pipeline.spec
    changes = {name: getattr(spec, name).model_copy(update=keys) for name, keys in sections.items()}
    object.__setattr__(ctx.pipeline, "spec", spec.model_copy(update=changes))


def with_suites(ctx: Context) -> None:
    """Give each table a suite."""
    spec = ctx.pipeline.spec
    tables = {name: table.model_copy(update={"suite": "parcels"}) for name, table in spec.tables.items()}
    object.__setattr__(ctx.pipeline, "spec", spec.model_copy(update={"tables": tables}))


def cleaned(
    ctx: Context,
    table: str,
    days: Iterable[date],
    state: PartitionStatus = PartitionStatus.PUBLISHED,
    findings: tuple[Finding, ...] = (GOOD_FINDING,),
) -> str:
    """Days of a table that a run cleaned, with the verdict on each; the run."""
    days = list(days)
    run_id = f"clean-{table}-{min(days)}-{len(ctx.ledger.records())}"
    verdict = Verdict(Status.PASS, Action.PUBLISH, "All 1 checks hold.", findings)
    ctx.runs.write(run_id, DAILY_VERDICTS, dict.fromkeys(days, verdict))
    states = {str(day): PartitionState(state, PartitionFingerprint(table, str(day), "i", "c", "s")) for day in days}
    details = CleaningDetails(last_commit=f"clean/{table}", rules={}, reasons={})
    interval = Interval(min(days), date.fromordinal(max(days).toordinal() + 1))
    ctx.ledger.append(ctx.record(run_id, "clean", table, interval, RunStatus.DONE, partitions=states, details=details))
    return run_id


def changed_newest(ctx: Context, stage: str, **fields: Any) -> RunRecord:
    """Record the newest run of a stage once more as another run, with other fields."""
    newest = ctx.ledger.records(stage)[-1]
    return ctx.ledger.append(replace(newest, run_id=f"{newest.run_id}-again", **fields))


def used(seconds: float) -> RunUse:
    """The use of a run of 1,000 rows."""
    return RunUse(seconds, cpu_seconds=seconds, peak_memory=10**9, rows=1000)
