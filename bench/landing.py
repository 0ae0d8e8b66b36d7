"""The rows as a source would drop them: CSV files by day, and an outcome for each row."""

from __future__ import annotations

import shutil
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from bench.data import DAY, FEATURES, FIRST, KEY, features_path
from bench.setting import Setting

PROJECT = Path(__file__).parent / "project"
DIGITS = 4


def landed(setting: Setting, *, rows: int, days: int, outcomes: bool = False) -> Path:
    """Return a home folder with `rows` rows landed over `days` days from the first of January 2024.

    It is made at the first call. The numbers are cut to four digits, as people write numbers.
    """
    home = setting.home / f"landed-{rows}-{days}-{'both' if outcomes else 'one'}"
    if not (home / "_SUCCESS").exists():
        source = features_path(setting, rows=rows)
        shutil.rmtree(home, ignore_errors=True)
        setting.say(f"landing {rows:,} rows in {days} days")
        table = pq.read_table(source)
        per_day = -(-rows // days)
        for n in range(days):
            _drop(home / "landing", table.slice(n * per_day, per_day), FIRST + timedelta(days=n), outcomes)
        (home / "_SUCCESS").touch()
    return home


def drop(setting: Setting, home: Path, *, rows: int, day: date) -> None:
    """Land `rows` rows in `home` for one more day."""
    _drop(home / "landing", pq.read_table(features_path(setting, rows=rows)), day, outcomes=False)


def _drop(landing: Path, table: pa.Table, day: date, outcomes: bool) -> None:
    days = pa.array([day] * len(table), pa.date32())
    numbers = {name: pc.round(table[name], ndigits=DIGITS) for name in FEATURES}
    _write(landing / "measurements" / str(day), {DAY: days, KEY: table[KEY], **numbers})
    if outcomes:
        known = datetime.combine(day + timedelta(days=1), time(4), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        hits = pa.array(_hits(table), pa.int32())
        _write(
            landing / "outcomes" / str(day),
            {DAY: days, KEY: table[KEY], "hit": hits, "known_at": pa.array([known] * len(table))},
        )


def _hits(table: pa.Table) -> Any:
    logit = table["f00"].to_numpy() + 0.5 * table["f04"].to_numpy() - 0.3 * table["f01"].to_numpy()
    chance = np.random.default_rng(int(table[KEY][0].as_py())).random(len(table))
    return (chance < 1 / (1 + np.exp(-logit))).astype(np.int32)


def _write(folder: Path, columns: dict[str, Any]) -> None:
    folder.mkdir(parents=True)
    options = pyarrow.csv.WriteOptions(quoting_style="none")
    pyarrow.csv.write_csv(pa.table(columns), folder / "rows.csv", options)
