"""A calibrator: the step from a model's score to a probability, as a few numbers and plain numpy."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import numpy.typing as npt

from assay.core.profiles.score_grid import LIMIT

Floats = npt.NDArray[np.float64]


class Recalibration(StrEnum):
    """The methods of `train.recalibrate`."""

    PLATT = "platt"
    ISOTONIC = "isotonic"


def log_odds_of(scores: Floats) -> Floats:
    """Return the log-odds of scores: infinite for 0 and 1, NaN for what is no probability.

    >>> log_odds_of(np.array([0.0, 0.5, 1.0, 1.5])).tolist()
    [-inf, 0.0, inf, nan]
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.log(scores) - np.log1p(-scores), dtype=np.float64)


def probabilities_of(log_odds: Floats) -> Floats:
    """Return the probabilities of log-odds, also where their odds are no number of the machine.

    >>> probabilities_of(np.array([-1e6, 0.0, 1e6])).tolist()
    [0.0, 0.5, 1.0]
    """
    with np.errstate(invalid="ignore"):
        return np.asarray(np.exp(-np.logaddexp(0.0, -log_odds)))


@dataclass(frozen=True, slots=True)
class Reach:
    """The lowest and the highest finite log-odds of the rows that a calibrator was fitted on.

    Scores of 0 and 1 have no finite log-odds, and forests give them. Between `low` and `high` log-odds stay as they
    are. Beyond, they approach `low - 1` and `high + 1`, which are the places of 0 and 1. So no order is lost, and a
    score that is more extreme than all that were seen gains at most a factor of e in its odds.
    """

    low: float
    high: float

    @classmethod
    def of(cls, log_odds: Floats) -> Reach:
        """Return the reach of some log-odds, at most that of the grid on which scores are counted."""
        finite = log_odds[np.isfinite(log_odds)]
        if not len(finite):
            return cls(0.0, 0.0)
        ends = np.clip([finite.min(), finite.max()], -LIMIT, LIMIT)
        return cls(float(ends[0]), float(ends[1]))

    def place(self, log_odds: Floats) -> Floats:
        """Return the finite places of log-odds, in the same order.

        >>> Reach(-3.0, 3.0).place(np.array([-np.inf, -3.0, 1.0, np.inf])).tolist()
        [-4.0, -3.0, 1.0, 4.0]
        """
        below, above = np.minimum(log_odds - self.low, 0.0), np.minimum(self.high - log_odds, 0.0)
        return np.asarray(np.clip(log_odds, self.low, self.high) + np.expm1(below) - np.expm1(above))


@dataclass(frozen=True, slots=True)
class Platt:
    """A line in log-odds that rises: no order of scores changes (Platt 1999)."""

    reach: Reach
    slope: float
    intercept: float

    @property
    def sound(self) -> bool:
        """True if the numbers make a calibrator: finite, and a line that rises."""
        return _finite([*asdict(self.reach).values(), self.slope, self.intercept]) and self.slope > 0

    def __call__(self, scores: Floats) -> Floats:
        """Return the probability of each score; NaN for a score that is no probability."""
        return probabilities_of(self.slope * self.reach.place(log_odds_of(scores)) + self.intercept)


@dataclass(frozen=True, slots=True)
class Isotonic:
    """A curve from log-odds to rates that never falls: straight between the centres of the levels, flat beyond them.

    The levels are those of isotonic regression (Zadrozny and Elkan 2002). A step function would give all rows of a
    level the same score. The curve goes through the centre of each level and rises between them (centred isotonic
    regression: Oron and Flournoy 2017), so that the order within a level is kept.
    """

    reach: Reach
    centres: tuple[float, ...]
    rates: tuple[float, ...]

    @property
    def sound(self) -> bool:
        """True if the numbers make a calibrator: centres and rates in order, and rates that are probabilities."""
        if len(self.centres) != len(self.rates) or len(self.rates) < MIN_LEVELS:
            return False
        numbers = [*asdict(self.reach).values(), *self.centres, *self.rates]
        ordered = all((np.diff(part) >= 0).all() for part in (self.centres, self.rates))
        return _finite(numbers) and ordered and self.rates[0] > 0 and self.rates[-1] < 1

    def __call__(self, scores: Floats) -> Floats:
        """Return the probability of each score; NaN for a score that is no probability."""
        return np.asarray(np.interp(self.reach.place(log_odds_of(scores)), self.centres, self.rates))


Calibrator = Platt | Isotonic

MIN_LEVELS = 2
"""The fewest levels of a curve that rises at all."""


def calibrator_bytes(calibrator: Calibrator) -> bytes:
    """Return a calibrator as JSON; a float is written so that it is read as the same bits."""
    method = Recalibration.PLATT if isinstance(calibrator, Platt) else Recalibration.ISOTONIC
    return json.dumps({"method": method, **asdict(calibrator)}, indent=1, sort_keys=True, allow_nan=False).encode()


def calibrator_from(data: bytes) -> Calibrator:
    """Return the calibrator that `calibrator_bytes` wrote.

    Raises:
        ValueError: The bytes are none, or their numbers make no function that rises.
    """
    try:
        calibrator = _parsed(json.loads(data))
    except (KeyError, TypeError) as error:
        raise ValueError("the calibrator has other keys or types") from error
    if not calibrator.sound:
        raise ValueError("the numbers of the calibrator make no function that rises")
    return calibrator


def _parsed(document: Mapping[str, Any]) -> Calibrator:
    reach = Reach(float(document["reach"]["low"]), float(document["reach"]["high"]))
    if Recalibration(document["method"]) is Recalibration.PLATT:
        return Platt(reach, float(document["slope"]), float(document["intercept"]))
    centres, rates = (tuple(map(float, document[key])) for key in ("centres", "rates"))
    return Isotonic(reach, centres, rates)


def _finite(numbers: list[float]) -> bool:
    return bool(np.isfinite(numbers).all())
