"""A year of nightly runs as the ledger, the Profiles and the verdicts hold it, for the pages of the report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from assay.core.check import Finding, Severity, Status
from assay.core.interval import Interval
from assay.core.model_versions import Evidence, ModelVersion, VersionEntry
from assay.core.profiles.from_arrays import histogram_of
from assay.core.profiles.outcome_profile import OutcomeProfile
from assay.core.profiles.table_profile import ColumnState, TableProfile
from assay.core.run_status import RunStatus
from assay.core.verdict import Action, Verdict
from assay.spec.project import load_pipeline, open_project
from assay.stages.runtime.context import Context
from assay.store.decisions.promotions import PromotionKind
from assay.store.ledger.footprint import RunUse
from assay.store.ledger.run_details import CleaningDetails, DriftAlarm, MonitoringDetails, ScoringDetails
from assay.store.ledger.run_documents import DAILY_VERDICTS, VERDICT
from assay.store.ledger.run_record import PartitionFingerprint, PartitionState, PartitionStatus

from .served_world import NAME, World, labelled

FIRST = date(2024, 1, 1)
YEAR = 366
HELD = date(2024, 6, 3)
"""A day of the deliveries that is held to the end."""

RELEASED = date(2024, 4, 9)
DRIFTED = date(2024, 9, 17)
SECOND = date(2024, 7, 1)
"""The first day of version 2, which a rollback takes back on THIRD."""

THIRD = date(2024, 10, 1)
UNTRUSTED = "<script>alert(1)</script>"
"""A value of the users' data, which no page may run."""


def year_of_outcomes(day: date) -> OutcomeProfile:
    """Outcomes of 60 rows, different each day."""
    rng = np.random.default_rng(day.toordinal())
    return labelled(rng.beta(3, 3, 20), rng.beta(2, 4, 40))


def features_of(day: date) -> TableProfile:
    """The features and scores of a day; the weight moves on DRIFTED."""
    rng = np.random.default_rng(day.toordinal() + 10**6)
    weight = rng.normal(20 + 5 * (day == DRIFTED), 3, 60)
    low, high = float(weight.min()), float(weight.max())
    return TableProfile(
        60,
        {
            "weight": ColumnState("number", 60, low=low, high=high, histogram=histogram_of(weight, -2)),
            "depot": ColumnState("text", 60, categories={"N": 30 + day.day % 5, "S": 30 - day.day % 5}),
        },
    )


@dataclass(slots=True)
class ReportedYear:
    """A year of a pipeline, written night by night."""

    ctx: Context
    nights: int = YEAR

    @classmethod
    def of(cls, project: Path) -> ReportedYear:
        """The year of the pipeline of a project, at $ASSAY_HOME."""
        return cls(Context(load_pipeline(open_project(project), NAME)))

    def write(self) -> ReportedYear:
        """Write all records, and return this."""
        before = [FIRST - timedelta(days=n) for n in range(1, 61)]
        reference = {day: features_of(day) for day in before}
        entry = World(self.ctx).trained(FIRST, judged=year_of_outcomes, reference=reference)
        self._promoted(0, PromotionKind.PROMOTE, 1, entry, FIRST)
        for night in range(self.nights):
            day = FIRST + timedelta(days=night)
            if day in (SECOND, THIRD):
                kind = PromotionKind.PROMOTE if day == SECOND else PromotionKind.ROLLBACK
                self._promoted(1 if day == SECOND else 2, kind, 2 if day == SECOND else 1, entry, day)
            self.night(day)
            if day.day == 1:  # as `assay maintain` does: a ledger of single files is slow to write to
                list(self.ctx.ledger.compact())
        return self

    def night(self, day: date) -> None:
        """Write what one night leaves: cleaned tables, scores, and a monitoring of what became known."""
        for table in self.ctx.pipeline.spec.tables:
            self._cleaned(table, day)
        if day == RELEASED:
            self.partition("clean", "deliveries", day, PartitionStatus.PUBLISHED, status=RunStatus.RELEASED)
        if day == HELD:
            return
        version = ModelVersion(2 if SECOND <= day < THIRD else 1)
        self.ctx.profiles.write("features", NAME, f"score-{day}", {day: features_of(day)})
        details = ScoringDetails(version=version, digest="d", last_commit="scores")
        self.partition(
            "score", NAME, day, PartitionStatus.SCORED, {"rows": 60}, run_id=f"score-{day}", version=version,
            details=details,
        )  # fmt: skip
        self._monitored(day, version)

    def _promoted(self, before: int, kind: PromotionKind, version: int, entry: VersionEntry, day: date) -> None:
        evidence = Evidence({ModelVersion(number): entry for number in range(1, 2 + (before > 0))})
        why = "shown better" if kind is PromotionKind.PROMOTE else f"worse on Mondays {UNTRUSTED}"
        self.ctx.promotions.write(
            before, kind=kind, champion=ModelVersion(version), why=why, run_id=f"p{before}", evidence=evidence
        )
        finding = Finding("gate.limit", Status.PASS, "The metric holds its limit.", observed=0.7, expected="0.6")
        self.ctx.runs.write(f"p{before}", VERDICT, Verdict(Status.PASS, Action.PROMOTE, "It is better.", (finding,)))
        self.ctx.ledger.append(self.ctx.record(f"p{before}", "gate", NAME, Interval.of(day), Action.PROMOTE))

    def _cleaned(self, table: str, day: date) -> None:
        held = table == "deliveries" and day in (HELD, RELEASED)
        state = PartitionStatus.HELD if held else PartitionStatus.PUBLISHED
        example = {"key": {"parcel": UNTRUSTED}, "values": {"weight": None}}
        status = Status.FAIL if held else Status.PASS
        finding = Finding(
            "expect_column_values_to_not_be_null",
            status,
            f"weight: {'12 of 60' if held else 'no'} rows are null.",
            column="weight",
            details={"examples": [example]} if held else {},
        )
        action = Action.HOLD if held else Action.PUBLISH
        run_id = f"clean-{table}-{day}"
        self.ctx.runs.write(run_id, DAILY_VERDICTS, {day: Verdict(status, action, finding.sentence, (finding,))})
        details = CleaningDetails(last_commit=f"clean/{table}", rules={"quarantined": {"no weight": 2}}, reasons={})
        counts = {"in": 62, "out": 60, "quarantined": 2}
        self.partition("clean", table, day, state, counts, run_id=run_id, status=action, details=details)

    def _monitored(self, day: date, version: ModelVersion) -> None:
        run_id, alarm = f"monitor-{day}", day == DRIFTED
        drifted = (
            (DriftAlarm(check="drift.jump", column="weight", statistic="mean", category="", meaning="", move=1.5),)
            if alarm
            else ()
        )
        finding = Finding(
            "drift.jump",
            Status.WARN if alarm else Status.PASS,
            "The mean of weight moved by 1.5 standard deviations." if alarm else "Nothing drifted.",
            Severity.WARNING,
            column="weight",
        )
        action = Action.LOOK if alarm else Action.NONE
        verdict = Verdict(finding.status, action, finding.sentence, (finding,))
        self.ctx.runs.write(run_id, VERDICT, verdict)
        known = day - timedelta(days=2)
        outcomes: Mapping[date, OutcomeProfile] = {known: year_of_outcomes(known)} if known >= FIRST else {}
        self.ctx.profiles.write("outcomes", f"{NAME}.score", run_id, outcomes)
        of = ModelVersion(2 if SECOND <= known < THIRD else 1)
        states = {
            str(one): PartitionState(
                PartitionStatus.JUDGED, PartitionFingerprint(NAME, str(one), "", "", ""), {"rows": 60}, of
            )
            for one in outcomes
        }
        details = MonitoringDetails(version=version, drifted=drifted)
        self.ctx.ledger.append(
            self.ctx.record(
                run_id, "monitor", NAME, Interval.of(day), action, partitions=states, details=details,
                verdict=verdict.summary, counts={"days": 1},
            )
        )  # fmt: skip

    def partition(
        self,
        stage: str,
        subject: str,
        day: date,
        state: PartitionStatus,
        counts: Mapping[str, int] | None = None,
        *,
        version: ModelVersion | None = None,
        **record: Any,
    ) -> None:
        """Write the record of a run that left a partition in a state."""
        run_id = str(record.pop("run_id", f"{stage}-{subject}-{day}-{state}"))
        identity = PartitionFingerprint(subject, str(day), "", "", "")
        states = {str(day): PartitionState(state, identity, counts or {"in": 62, "out": 60}, version)}
        ending = record.pop("status", RunStatus.DONE)
        written = self.ctx.record(
            run_id, stage, subject, Interval.of(day), ending, partitions=states, why="a holiday", **record
        )
        self.ctx.ledger.append(replace(written, use=RunUse(2.5, 4.0, 900 * 2**20, 60)))
