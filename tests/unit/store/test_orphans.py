"""What killed writers left goes; what somebody may still be writing stays, and so does every lock file."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from assay.store.filesystem.atomic import ONE_DAY
from assay.store.locks.locks import hold
from assay.store.locks.orphans import find_orphans

DIE = (
    "import os, sys; from pathlib import Path; from assay.store.locks.locks import hold\n"
    "with hold(Path(sys.argv[1]), 'clean/parcels', None): os._exit(9)"
)


def a_temporary(folder: Path, age: float) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f".record.json.{os.getpid()}-0123456789ab.tmp"
    path.write_bytes(b"{")
    moment = time.time() - age
    os.utime(path, (moment, moment))
    return path


def test_temporary_names_go_after_a_day_wherever_they_lie(tmp_path: Path) -> None:
    records = tmp_path / "_assay" / "parcels"
    old = [
        a_temporary(records / place, 2 * ONE_DAY) for place in ("ledger", "runs/run-1", "profiles/table/x/2024-01-01")
    ]
    a_temporary(records / "promotions", 60)
    (records / "runs" / "run-1" / "record.json").write_text("{}")
    a_temporary(tmp_path / "_assay" / "another" / "ledger", 2 * ONE_DAY)
    assert find_orphans(tmp_path, "parcels", time.time()) == sorted(old)
    assert len(find_orphans(tmp_path, "parcels", time.time() + ONE_DAY)) == 4


def test_a_note_goes_once_its_lock_is_gone_and_the_lock_file_stays(tmp_path: Path) -> None:
    assert subprocess.run([sys.executable, "-c", DIE, str(tmp_path)], check=False).returncode == 9
    locks = tmp_path / "_assay" / "locks"
    [dead] = (locks / "clean+parcels.holders").iterdir()
    with hold(tmp_path, "clean/deliveries", None):
        assert find_orphans(tmp_path, "parcels", time.time()) == [dead]
    assert (locks / "clean+parcels.lock").exists()


def test_nothing_there_leaves_nothing_over(tmp_path: Path) -> None:
    assert find_orphans(tmp_path, "parcels", time.time()) == []
