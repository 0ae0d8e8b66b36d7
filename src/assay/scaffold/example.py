"""The source of the example: daily sales of bakeries, made by a seeded generator."""

from __future__ import annotations

import csv
import random
from datetime import date, timedelta
from pathlib import Path

from assay.scaffold.choices import Choice

TABLE = "sales"
FIRST, DAYS = date(2024, 1, 1), 150
SHOPS = ("Altona", "Barmbek", "Dehnhaide", "Eilbek", "Harburg", "Ottensen", "St. Pauli", "Wandsbek")

CHOICES = {
    Choice.DATE: "date",
    Choice.KEY: "shop",
    Choice.LABEL: "sold",
    Choice.KNOWN: "shop, promotion, forecast_c",
    Choice.DELAY: "1",
    Choice.TIMEZONE: "Europe/Berlin",
    Choice.OWNER: "bakery@example.org",
    Choice.QUESTION: "How many loaves will each shop sell today?",
}
"""The choices of the example, so that it requests none."""


def write_source(path: Path, *, seed: int = 7) -> None:
    """Write the CSV file of the example: one row for each shop and date; the same seed gives the same bytes."""
    chance = random.Random(seed)
    size = {shop: chance.uniform(60, 200) for shop in SHOPS}
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["date", "shop", "promotion", "Forecast (C)", "sold", "returned"])
        for number in range(DAYS):
            day = FIRST + timedelta(days=number)
            warmth = 4 + 0.12 * number + chance.gauss(0, 3)
            for shop in SHOPS:
                promotion = chance.random() < 0.2
                weekend = 1.35 if day.weekday() >= 5 else 1.0
                expected = size[shop] * weekend * (1.25 if promotion else 1.0) * (1 - 0.008 * (warmth - 10))
                sold = max(0, round(expected * chance.gauss(1, 0.08)))
                returned = max(0, round(chance.gauss(0.05, 0.03) * expected))
                writer.writerow([day, shop, str(promotion).lower(), f"{warmth:.1f}", sold, returned])
