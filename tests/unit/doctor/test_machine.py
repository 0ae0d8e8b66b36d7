"""Memory, cores and disks against what a run needs, with small figures in the place of this machine's."""

from __future__ import annotations

from pathlib import Path

import pytest

from assay.doctor.disk import check_disk, needed_for
from assay.doctor.machine import MachineResources, check_cores, check_memory, java_bytes, this_machine
from assay.errors import AssayError, InputError

GIGABYTE = 10**9


def memory_fault(machine: MachineResources, heap: str) -> tuple[str, int]:
    with pytest.raises(AssayError) as raised:
        check_memory(machine, heap)
    return raised.value.code, raised.value.exit_code


def test_a_machine_that_is_too_small_is_a_mistake_and_a_full_one_may_be_free_later() -> None:
    assert memory_fault(MachineResources(3 * GIGABYTE, 3 * GIGABYTE, 2), "2g") == ("too-little-memory", 2)
    assert memory_fault(MachineResources(8 * GIGABYTE, 1 * GIGABYTE, 2), "2g") == ("too-little-memory", 4)
    assert "2g" in check_memory(MachineResources(8 * GIGABYTE, 4 * GIGABYTE, 2), "2g").sentence


def test_a_heap_that_is_no_size_is_a_mistake() -> None:
    assert java_bytes("1024") == 1024
    assert java_bytes("3GB") == 3 * 2**30
    with pytest.raises(InputError):
        java_bytes("much")


@pytest.mark.parametrize(
    ("master", "tasks"), [("local[*]", "4"), ("local[2]", "2"), ("local", "1"), ("local[7,3]", "7")]
)
def test_the_tasks_at_once_are_those_of_the_master(master: str, tasks: str) -> None:
    assert f"runs {tasks} at once" in check_cores(MachineResources(1, 1, 4), master).sentence


def test_this_machine_has_memory_and_cores() -> None:
    machine = this_machine()
    assert 0 <= machine.available <= machine.memory
    assert machine.cores >= 1


def test_a_full_disk_is_named_with_what_a_run_needs(tmp_path: Path) -> None:
    looked: list[Path] = []

    def nearly_full(folder: Path) -> int:
        looked.append(folder)
        return 300_000_000

    lake = tmp_path / "not" / "there" / "yet"
    with pytest.raises(AssayError) as raised:
        check_disk(lake, needed_for(0), nearly_full)
    assert (raised.value.code, raised.value.exit_code) == ("disk-full", 4)
    assert looked == [tmp_path]
    assert "0.3 GB" in check_disk(lake, 200_000_000, nearly_full).sentence


def test_a_run_over_more_text_needs_more_disk() -> None:
    assert needed_for(10 * GIGABYTE) > needed_for(GIGABYTE) > needed_for(0) > 0
