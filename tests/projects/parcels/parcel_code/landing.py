"""Drops of the small pipeline: seeded, so that every run of the tests sees the same parcels."""

from __future__ import annotations

import csv
import random
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from pathlib import Path

PER_DAY = 120
DEPOTS = {"HAM": 0.15, "MUC": 0.35, "BER": 0.6}


def write_drops(landing: Path, start: date, days: int) -> None:
    """Parcels and their deliveries of some days, one file each."""
    for n in range(days):
        day = start + timedelta(days=n)
        rows = parcels_of(day)
        write(landing / "parcels" / str(day) / "parcels.csv", ["ship_date", "parcel", "depot", "weight", "boxes"], rows)
        outcomes = [
            (day, parcel, _late(day, parcel, depot, weight), _instant(day)) for _, parcel, depot, weight, _ in rows
        ]
        header = ["ship_date", "parcel", "days_late", "delivered_at"]
        write(landing / "deliveries" / str(day) / "deliveries.csv", header, outcomes)


def parcels_of(day: date) -> list[tuple[date, int, str, float, int]]:
    """The parcels that are shipped on a day."""
    chance = random.Random(f"parcels {day}")
    return [
        (day, n, chance.choice(sorted(DEPOTS)), round(chance.uniform(0.5, 30), 2), chance.randint(1, 4))
        for n in range(PER_DAY)
    ]


def write(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A CSV file, whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def _late(day: date, parcel: int, depot: str, weight: float) -> int:
    chance = random.Random(f"late {day} {parcel}")
    return int(chance.random() < DEPOTS[depot] + 0.3 * (weight > 20) - 0.1)


def _instant(day: date) -> str:
    return f"{day + timedelta(days=1)}T18:00:00Z"
