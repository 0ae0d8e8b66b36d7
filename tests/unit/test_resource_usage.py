"""What a run takes of its machine and of its cluster is counted from one record to the next."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from assay.spec.schema.environment import Environment
from assay.stages.runtime.process_use import ProcessUse, process_use
from assay.stages.runtime.resource_usage import Footprints, UseMeter
from assay.store.hadoop.webhdfs import connect
from assay.store.ledger.footprint import Footprint

HERE = Environment("local", "local[2]", {}, "/lake", "/landing", "sqlite:///m.db", "")


def test_on_one_machine_nothing_is_counted() -> None:
    assert Footprints().since(HERE, None) is None


def test_bytes_over_http_are_those_since_the_record_before() -> None:
    there = replace(HERE, lake="hdfs://name:8020/lake", webhdfs=("http://name.of.this.test:9870",))
    web = connect(there.webhdfs)
    footprints = Footprints()
    web.sent, web.received = 100, 7
    assert footprints.since(there, None) == Footprint(100, 7)
    web.received = 10
    assert footprints.since(there, None) == Footprint(0, 3)


def meter_of(*readings: tuple[float, float | None]) -> UseMeter:
    """A meter that reads these clock and CPU seconds, one after the other; its root is process 7."""
    left: Iterator[tuple[float, float | None]] = iter(readings)

    def read(root: int) -> ProcessUse:
        assert root == 7
        clock, cpu = next(left)
        return ProcessUse(clock, cpu, 1_000)

    return UseMeter(7, read)


def test_each_run_of_a_process_counts_from_the_record_before() -> None:
    meter = meter_of((100, 5), (110, 9), (112, 10), (130, 30))
    clean = meter.of_run("clean-1", "clean", {"in": 50, "out": 40})
    assert (clean.duration_seconds, clean.cpu_seconds, clean.peak_memory, clean.rows) == (10, 4, 1_000, 50)
    assert clean.rows_per_second == 5
    committed = meter.of_run("clean-1", "clean", {"in": 50})
    assert (committed.duration_seconds, committed.cpu_seconds) == (12, 5), "the commits of a run are its own"
    score = meter.of_run("score-1", "score", {"rows": 30, "held": 10})
    assert (score.duration_seconds, score.cpu_seconds, score.rows) == (18, 20, 40)


def test_what_a_process_did_before_a_stage_began_belongs_to_no_run() -> None:
    meter = meter_of((0, 0), (50, 20), (60, 29))
    meter.start_stage()
    use = meter.of_run("gate-1", "gate", {"findings": 3})
    assert (use.duration_seconds, use.cpu_seconds, use.rows, use.rows_per_second) == (10, 9, None, None)


def test_work_that_another_process_records_is_left_out() -> None:
    meter = meter_of((0, 0), (10, 8), (40, 33), (45, 35))
    with meter.left_out():
        pass
    use = meter.of_run("train-1", "train", {"rows": 9})
    assert (use.duration_seconds, use.cpu_seconds) == (15, 10)


def test_work_beside_other_work_is_marked_and_counts_from_its_own_beginning() -> None:
    meter = meter_of((0, 0), (5, 4), (6, 6))
    beside = meter.fork(shared=True)
    use = beside.of_run("clean-1", "clean", {})
    assert (use.duration_seconds, use.cpu_seconds, use.shared) == (1, 2, True)


def test_a_system_without_proc_has_a_duration_alone(tmp_path: Path) -> None:
    use = process_use(7, tmp_path)
    assert (use.cpu_seconds, use.peak_memory) == (None, None)
    measured = meter_of((0, None), (3, None)).of_run("score-1", "score", {"rows": 6})
    assert (measured.duration_seconds, measured.cpu_seconds, measured.rows_per_second) == (3, None, 2)


def test_a_process_that_was_lost_leaves_the_time_unknown() -> None:
    assert meter_of((0, 50), (3, 20)).of_run("score-1", "score", {}).cpu_seconds is None


def test_a_training_has_the_time_of_its_folds_and_of_what_lies_between_them() -> None:
    meter = meter_of((0, 0), (10, 10), (14, 14), (30, 30), (34, 34), (40, 40), (50, 50))
    folds = [meter.of_run(f"fold-{n}", "fold", {}).cpu_seconds for n in range(4)]
    assert folds == [10, 4, 16, 4]
    assert meter.of_run("train-1", "train", {}).cpu_seconds == 40
    assert meter.of_run("gate-1", "gate", {}).cpu_seconds == 10


def process(proc: Path, pid: int, ticks: tuple[int, int, int, int], children: str = "", name: str = "java") -> None:
    """A process of a /proc that the test writes: user, system, and those of its ended children."""
    task = proc / str(pid) / "task" / str(pid)
    task.mkdir(parents=True)
    (task / "children").write_text(children)
    before = " ".join(["S", *["0"] * 10])
    (proc / str(pid) / "stat").write_text(f"{pid} ({name}) {before} {' '.join(map(str, ticks))} 20 0 1")
    (proc / str(pid) / "status").write_text(f"Name:\t{name}\nVmHWM:\t    {pid} kB\n")


def test_a_tree_counts_the_living_and_what_they_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.sysconf", {"SC_CLK_TCK": 100}.__getitem__)
    process(tmp_path, 7, (100, 10, 40, 0), "8 9 ")
    process(tmp_path, 8, (1_000, 50, 0, 0), "10", name="a (strange) name")
    process(tmp_path, 10, (0, 0, 0, 5))
    process(tmp_path, 11, (9_999, 0, 0, 0))
    use = process_use(7, tmp_path)
    assert use.cpu_seconds == pytest.approx((150 + 1_050 + 5) / 100), "9 has ended meanwhile, 11 is another's"
    assert use.peak_memory == (7 + 8 + 10) * 1024


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="the system has no /proc")
def test_a_child_counts_while_it_lives_and_once_it_was_waited_for() -> None:
    meter = UseMeter()
    code = "import time\nwhile time.process_time() < 0.6: pass\nprint('done', flush=True)\ninput()"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.readline()
        alive = meter.of_run("a", "x", {}).cpu_seconds
        assert alive is not None
        assert alive >= 0.5
        own = time.process_time()
        child.communicate(b"\n")
    waited = meter.of_run("a", "x", {}).cpu_seconds
    assert waited is not None
    assert alive - 0.05 <= waited < alive + (time.process_time() - own) + 0.4, "it is not counted twice"
