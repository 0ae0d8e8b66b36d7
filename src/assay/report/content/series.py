"""The numbers that charts show."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, slots=True)
class SeriesStep:
    """A value of some days that follow each other, with the ends of its interval.

    - `series` names the line that it belongs to, such as a version.
    - `low` and `high` are None where no error can be computed.
    - `few` marks a value that rests on few rows.
    """

    series: str
    first: date
    last: date
    value: float
    low: float | None = None
    high: float | None = None
    rows: int = 0
    few: bool = False


@dataclass(frozen=True, slots=True)
class Mark:
    """An event on a day: its kind is the CSS class of its mark."""

    day: date
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class StepSeries:
    """Values over time with the events on the same days, and horizontal lines by the CSS class of each."""

    title: str
    unit: str
    steps: tuple[SeriesStep, ...]
    marks: tuple[Mark, ...] = ()
    levels: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """A day of a calendar: its state, which is the CSS class of its colour, and a few words.

    A day without a partition of any table or of the scores may have no page.
    """

    day: date
    state: str
    text: str
    has_page: bool = True


@dataclass(frozen=True, slots=True)
class Calendar:
    """The states of the days of a table, of the scores, or of the monitoring.

    It begins with the week of `first`, so that calendars below one another share their weeks.
    """

    name: str
    first: date
    days: tuple[CalendarDay, ...]


@dataclass(frozen=True, slots=True)
class SmallSeries:
    """A statistic by day beside the range that it had in the training, and the days of its alarms.

    `values` are in the unit of the statistic's floor: standard deviations of rows for a mean, points for a share.
    """

    column: str
    statistic: str
    days: tuple[date, ...]
    values: tuple[float, ...]
    usual: tuple[float, float] | None
    alarms: tuple[date, ...] = ()


@dataclass(frozen=True, slots=True)
class CalibrationBin:
    """The rows with scores between two ends: the mean score and the share of events with its 90 % interval."""

    mean_score: float
    rate: float
    low: float
    high: float
    rows: int


@dataclass(frozen=True, slots=True)
class ServedCalibration:
    """The scores of a version beside what came true, for the labelled days that it served."""

    version: int
    rows: int
    mean_score: float
    rate: float
    bins: tuple[CalibrationBin, ...]


@dataclass(frozen=True, slots=True)
class StageCost:
    """The use of one run of a stage."""

    stage: str
    day: date
    run_id: str
    seconds: float
    cpu_seconds: float | None
    rows: int | None
    peak_memory: int | None
