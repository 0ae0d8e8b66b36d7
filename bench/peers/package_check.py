"""The alarms of the other monitors' packages beside those of the rules as written in `peer_rules`, on the same rows."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from bench.daily_world import DailyWorld
from bench.peers.drifting_rows import pipeline_rows
from bench.peers.environment import PeersEnvironment
from bench.peers.peer_rules import DEFAULTS, Rule, scores

WORLD = DailyWorld(1_000, 0.05, 0.3, 60, 20)
"""A world with day effects, so that there are alarms to compare."""

CHECKED = (Rule.NANNYML_JS, Rule.NANNYML_KS, Rule.EVIDENTLY, Rule.POPMON)
VALUES = (Rule.EVIDENTLY,)
"""The rules whose score is a value that the package gives too."""


def checked(peers: PeersEnvironment, *, columns: int) -> Iterator[str]:
    """Yield, for each package, on how many days of a column it and our writing of its rule differ."""
    rows = pipeline_rows(WORLD, np.random.default_rng(1))[-columns:]
    answers = peers.answer(
        "packages.py",
        {
            "values": np.stack([column.values for column in rows]),
            "is_text": np.array([column.is_text for column in rows]),
            "names": np.array([column.name for column in rows]),
            "training": np.array(WORLD.training),
        },
    )
    written = [scores(column, WORLD.training, WORLD.served) for column in rows]
    for rule in CHECKED:
        answer, threshold = answers[rule.name], next(iter(DEFAULTS[rule].values()))
        if "error" in answer:
            yield f"{rule}: the package failed, so this is our writing alone: {answer['error']}"
            continue
        values = np.array([one[rule] for one in written])
        alarms, loud = np.array(answer["alarms"], dtype=bool), values >= threshold
        line = f"{rule}: {alarms.sum()} days of columns alarm by the package, {loud.sum()} by our writing of its rule"
        line += f"; they differ on {(alarms != loud).sum()} of {loud.size}"
        if rule in VALUES:
            line += f", in values by at most {np.abs(np.array(answer['values']) - values).max():.1e}"
        yield line
