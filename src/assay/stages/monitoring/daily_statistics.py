"""The daily statistics of a version: kept from night to night, and measured from Profiles where they are not kept.

The statistics of a day follow from the training and from the day's Profile. So they are measured once, until the day is
scored again. What is kept is a cache: without it all days are measured again, to the same numbers but for rounding.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import date

from assay.core.model_versions import ModelVersion
from assay.core.monitoring.calendar_columns import is_one_value
from assay.core.monitoring.daily.judged_days import Proven
from assay.core.monitoring.daily.measure import Measure
from assay.core.monitoring.daily.measured_days import (
    ServedDay,
    ServedStatistics,
    TrainingStatistics,
    join_days,
    measure_days,
)
from assay.core.monitoring.daily.rules_digest import rules_digest
from assay.core.monitoring.daily.series import StatisticName
from assay.core.profiles.outcome_profile import OutcomeProfile
from assay.core.profiles.table_profile import ColumnState, TableProfile
from assay.errors import InfrastructureError
from assay.stages.models.model_versions import reference_days, training_of, version_entry
from assay.stages.runtime.context import Context
from assay.stages.scoring.batch import CHAMPION_SCORE
from assay.store.ledger.run_details import TrainingDetails
from assay.store.profiles.daily_statistics import DailyStatistics


class VersionStatistics:
    """The daily statistics of one version; with `keeps` what is measured now is kept for the next night."""

    def __init__(
        self, ctx: Context, version: ModelVersion, promised: Mapping[date, OutcomeProfile], *, keeps: bool
    ) -> None:
        self._ctx, self._version, self._promised = ctx, version, promised
        self.keeps = keeps
        self.calendar = training_of(ctx, version).details_as(TrainingDetails).calendar
        self._kept = DailyStatistics(ctx.lake, ctx.pipeline.name, version, _identity(ctx, version))

    def training(self) -> TrainingStatistics:
        """Return the measures of the training and the statistics of its days; of the scores, those of its folds."""
        kept = self._kept.training()
        if kept is not None:
            return kept
        days: dict[date, dict[str, ColumnState]] = {}
        label = self._ctx.pipeline.spec.label.name
        reference = reference_days(self._ctx, self._version)
        for day, profile in reference.items():
            days[day] = {name: state for name, state in profile.columns.items() if name != label}
        for day, outcomes in self._promised.items():
            days[day] = {**days.get(day, {}), CHAMPION_SCORE: scores_of(outcomes)}
        names = dict.fromkeys(name for states in days.values() for name in states)
        of_columns = {name: {day: states[name] for day, states in days.items() if name in states} for name in names}
        measures = {name: one for name, states in of_columns.items() if (one := Measure.of(name, states))}
        training = TrainingStatistics(measures, measure_days(measures, days))
        if reference:  # days that are missing today, as after a restore in parts, are not missing for ever
            self._keep(lambda kept: kept.keep_training(training))
        else:
            self.keeps = False
        return training

    def served(self, training: TrainingStatistics, scored_by: Mapping[date, str], end: date) -> ServedStatistics:
        """Return the statistics of the served days before `end`; all days are given with the run that measured each.

        Only days that are not kept, or that were scored again, are read.
        """
        months = sorted({str(day)[:7] for day in scored_by if day < end})
        if not months:
            return ServedStatistics(measure_days(training.measures, {}), {})
        parts = [self._month(training, _in_month(scored_by, month), month, end) for month in months]
        days = {day: served for one in parts for day, served in one.days.items()}
        return ServedStatistics(join_days([one.measured for one in parts]), days)

    def _month(
        self, training: TrainingStatistics, scored_by: Mapping[date, str], month: str, end: date
    ) -> ServedStatistics:
        wanted = {day for day in scored_by if day < end}
        known = self._kept.month(month, training.days.names)
        if known is not None:
            known = known.only([day for day, one in known.days.items() if scored_by.get(day) == one.run_id])
        missing = {day: scored_by[day] for day in wanted if known is None or day not in known.days}
        if known is None or missing:
            measured = self._measure(training, missing)
            known = measured if known is None else _joined(known, measured)
            kept = known
            self._keep(lambda files: files.keep_month(month, kept))
        return known.only(wanted)

    def _measure(self, training: TrainingStatistics, scored_by: Mapping[date, str]) -> ServedStatistics:
        """Return the statistics of days from their Profiles."""
        profiles = self._ctx.profiles.read_days("features", self._ctx.pipeline.name, scored_by)
        days = {
            day: ServedDay(
                scored_by[day],
                _other_kinds(training.measures, profile),
                tuple(name for name in self.calendar if _varies(profile, name)),
                profile.columns[CHAMPION_SCORE].histogram if CHAMPION_SCORE in profile.columns else None,
            )
            for day, profile in profiles.items()
        }
        columns = {day: profile.columns for day, profile in profiles.items()}
        return ServedStatistics(measure_days(training.measures, columns), days)

    def proven(self) -> dict[StatisticName, Proven]:
        """Return what was judged for good on an earlier night."""
        return self._kept.proven()

    def keep_proven(self, proven: Mapping[StatisticName, Proven], before: Mapping[StatisticName, Proven]) -> None:
        """Keep what was judged for good, if it is more than `before`."""
        if proven != before:
            self._keep(lambda kept: kept.keep_proven(proven))

    def _keep(self, write: Callable[[DailyStatistics], None]) -> None:
        if not self.keeps:
            return
        try:
            write(self._kept)
        except InfrastructureError as error:  # the next night measures it again
            self._ctx.progress(f"the daily statistics are not kept: {error.message}")
            self.keeps = False


def _in_month(scored_by: Mapping[date, str], month: str) -> dict[date, str]:
    return {day: run_id for day, run_id in scored_by.items() if str(day)[:7] == month}


def _joined(one: ServedStatistics, two: ServedStatistics) -> ServedStatistics:
    return ServedStatistics(join_days([one.measured, two.measured]), {**one.days, **two.days})


def _identity(ctx: Context, version: ModelVersion) -> str:
    """Return the digest of all that the statistics of a version follow from, beside the Profiles of served days."""
    entry = version_entry(ctx, version)
    details = training_of(ctx, version).details_as(TrainingDetails)
    folds = [fold.digest for fold in details.folds[entry.name]]
    label = ctx.pipeline.spec.label.name
    text = json.dumps([rules_digest(), entry.subject, entry.training, folds, label, dict(details.calendar)])
    return hashlib.sha256(text.encode()).hexdigest()


def scores_of(outcomes: OutcomeProfile) -> ColumnState:
    """Return the scores of labelled rows as the state of a column."""
    scores = outcomes.overall.scores
    return ColumnState("number", rows=scores.total, histogram=scores)


def _other_kinds(measures: Mapping[str, Measure], profile: TableProfile) -> dict[str, str]:
    return {
        name: f"{measures[name].kind} in training, {state.kind} now"
        for name, state in profile.columns.items()
        if name in measures and state.kind != measures[name].kind
    }


def _varies(profile: TableProfile, name: str) -> bool:
    return name in profile.columns and not is_one_value(profile.columns[name])
