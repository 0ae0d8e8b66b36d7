"""Things going wrong, made so in the open: a broken export, and a contender that learnt nothing."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from xgboost import XGBClassifier

from flight_delays.landing import write_drops, write_file
from flight_delays.models import parameters

WRONG_CODES = {"EWR": "NYC", "JFK": "NYC"}


def corrupt_day(landing: Path, day: date) -> Path:
    """The schedule drop of `day`, rewritten as a broken export would leave it, and its path.

    Every second row is missing; of the rest every third has a city's code in place of its airport's, and every fifth a
    negative distance. Each line still has the right columns and types: only the suite can tell. Raises
    FileNotFoundError if the day has not landed.
    """
    path = _schedule(landing, day)
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        columns = list(reader.fieldnames or ())
        rows = list(reader)[::2]
    for number, row in enumerate(rows):
        if number % 3 == 0:
            row["origin"] = WRONG_CODES.get(row["origin"], row["origin"])
        if number % 5 == 0:
            row["distance"] = str(-int(row["distance"]))
    write_file(path, columns, ([row[name] for name in columns] for row in rows))
    return path


def restore_day(landing: Path, day: date) -> Path:
    """The schedule drop of `day` as it should have come, and its path."""
    path = _schedule(landing, day)
    path.unlink(missing_ok=True)
    write_drops(landing, day, day + timedelta(days=1), arrived_before=day)
    return path


class ShuffledLabels(XGBClassifier):
    """An xgboost model fitted on labels in random order: it looks like any other and has nothing to say.

    The rate of the label is right, so that no sanity check on the scores' mean would catch it.
    """

    def fit(self, X: Any, y: npt.ArrayLike, **options: Any) -> ShuffledLabels:  # noqa: N803
        """The fitted model; the same shuffle for the same `random_state`."""
        order = np.random.default_rng(self.random_state or 0).permutation(len(np.asarray(y)))
        super().fit(X, np.asarray(y)[order], **options)
        return self


def shuffled_candidates() -> dict[str, Callable[[Any], Any]]:
    """Candidates whose one contender was trained on shuffled labels, for the gate to refuse."""
    return {"shuffled_labels": shuffled_labels}


def shuffled_labels(trial: Any) -> Any:
    """The boosted trees of `flight_delays.models`, on labels in random order."""
    return ShuffledLabels(**parameters(trial))


def _schedule(landing: Path, day: date) -> Path:
    return landing / "schedule" / str(day) / "schedule.csv"
