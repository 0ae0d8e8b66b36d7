"""What the benches compute from what they measured; that they run at all is a matter of tests/spark."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from bench.__main__ import QUICK_NOTE, QUICK_REPEATS, QUICK_ROWS, REPEATS, ROWS, Sizes, arguments, sizes_of
from bench.crossover import crossing
from bench.growth import slope
from bench.held_scores import FAULTS, HOLDOUT, RULES, WORLDS, days_of
from bench.measure import RunCost, cost_of
from bench.sampled import kind_of
from bench.table import BenchComparison, Count, Row, Share, TableNote, table

from ..expect_errors import missing_data

ROOT = Path(__file__).parents[2]
CHAIN = [("stages/operations/run.py", "run")]
STAGE = [*CHAIN, ("stages/operations/run.py", "_execute")]
CLEANS, LANDS = [*STAGE, ("stages/ingest/clean.py", "clean")], [*STAGE, ("stages/ingest/land.py", "land")]
TAKES = [("stages/ingest/land.py", "take_manifests"), ("store/landing/landed_file.py", "read_landed_file")]


def test_a_slope_is_the_power_with_which_costs_grow() -> None:
    sizes = [1_000, 2_000, 4_000]
    assert slope(sizes, [3.0, 6.0, 12.0]) == pytest.approx(1)
    assert slope(sizes, [3.0, 12.0, 48.0]) == pytest.approx(2)
    assert np.isnan(slope(sizes, [-0.1, 6.0, 12.0]))
    costs = [3.1, 5.8, 12.4]
    assert slope(sizes, costs) == pytest.approx(np.polyfit(np.log(sizes), np.log(costs), 1)[0])


def test_the_crossing_lies_between_the_sizes_around_it_or_beyond_all_of_them() -> None:
    assert missing_data(crossing([1_000, 10_000], [0.9, 0.5]), "1,000") == []
    assert crossing([1_000, 10_000, 100_000], [20.0, 10.0, 0.1]) == "31,623"
    assert missing_data(crossing([1_000, 10_000], [20.0, 1.1]), "10,000") == []


def test_a_share_is_met_by_its_median_within_both_bounds() -> None:
    assert Share("growth", "slope", [0.5, 1.0, 1.04], most=1.05, least=0.95).met is True
    assert Share("growth", "slope", [0.5, 0.9, 1.04], most=1.05, least=0.95).met is False
    assert Share("growth", "slope", [3.0]).met is None


def test_the_file_of_measurements_keeps_its_keys() -> None:
    cost = [RunCost(1.0, 1.0)]
    compared = BenchComparison("score", "rows", cost, "peer", "spark_udf", cost).to_json()
    assert [compared["ours"], compared["theirs"]] == [[{"wall": 1.0, "cpu": 1.0}]] * 2
    rows: list[Row] = [Count("score", "loads", 1, 1), Share("growth", "slope", [3.0]), TableNote("small", "size", "9")]
    assert [row.to_json()["found"] for row in rows] == [1, [3.0], "9"]


@pytest.mark.parametrize(
    ("frames", "kind"),
    [
        ([], None),
        ([("spark/profiling/profile_job.py", "measure")], None),
        ([*CHAIN, ("stages/operations/run.py", "plan")], "outside"),
        ([*CHAIN, ("spark/session/session.py", "open_session")], None),
        ([*CLEANS, ("spark/profiling/profile_job.py", "measure")], "work"),
        ([*CLEANS, ("store/ledger/ledger.py", "append"), ("store/filesystem/atomic.py", "create")], "books"),
        ([*CLEANS, *TAKES], "books"),
        ([*LANDS, *TAKES], "work"),
        ([*LANDS, ("store/ledger/ledger.py", "append")], "books"),
    ],
)
def test_a_thread_works_keeps_books_or_is_outside_of_the_stages(
    frames: list[tuple[str, str]], kind: str | None
) -> None:
    assert kind_of(frames) == kind


def test_the_cpu_time_of_what_a_command_leaves_behind_is_counted() -> None:
    orphan = "import time; end = time.process_time() + 0.5\nwhile time.process_time() < end: pass"
    parent = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {orphan!r}])"
    wrapped = [sys.executable, "-m", "bench.reaper", sys.executable, "-c", parent]
    cost = cost_of(lambda: subprocess.run(wrapped, cwd=ROOT, check=True))
    assert cost.cpu >= 0.5


@pytest.mark.parametrize(
    ("words", "sizes"),
    [
        ([], Sizes(ROWS, REPEATS, quick=False)),
        (["--rows", "5000"], Sizes(5_000, REPEATS, quick=False)),
        (["--quick"], Sizes(QUICK_ROWS, QUICK_REPEATS, quick=True)),
        (["--quick", "--rows", "100000", "--repeats", "3"], Sizes(100_000, 3, quick=True)),
    ],
)
def test_a_quick_run_is_a_small_one_unless_its_sizes_are_named(words: list[str], sizes: Sizes) -> None:
    assert sizes_of(arguments().parse_args(words)) == sizes


@pytest.mark.parametrize("words", [["--only", "scores"], ["--rows", "many"], ["--quick", "yes"]])
def test_a_word_that_no_bench_has_is_refused(words: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        arguments().parse_args(words)
    assert ended.value.code == 2


def test_a_bench_in_a_process_of_its_own_has_the_same_sizes() -> None:
    for sizes in (Sizes(1_000, 2, quick=False), Sizes(1_000, 2, quick=True)):
        assert sizes_of(arguments().parse_args(sizes.options)) == sizes


def test_the_table_of_a_quick_run_begins_with_a_line_that_says_so() -> None:
    first = table([QUICK_NOTE, Count("score", "loads", 1, 1)]).splitlines()[2]
    assert "QUICK" in first


def test_the_rule_for_held_scores_holds_no_good_day_and_a_broken_one_in_the_plainest_world() -> None:
    """The bench has more worlds and years; docs/adr/0012 has its table."""
    days = days_of(WORLDS[0], HOLDOUT + 60, np.random.default_rng(7))
    holdout, served = days[:HOLDOUT], days[HOLDOUT:]
    assert RULES["Assay"](holdout, served) == 0
    for name in ("one score for all rows", "half of the rows score 0", "1 - p instead of p", "a quarter of the rows"):
        assert RULES["Assay"](holdout, [FAULTS[name](served[0])]) == 1, name
