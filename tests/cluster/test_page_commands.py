"""The commands of the page on clusters and of the page on rights, on a real Hadoop, with the small project's names."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from assay.core.interval import Interval
from assay.store.filesystem.hdfs_path import HdfsPath
from assay.store.ledger.run_record import PartitionStatus
from devtools.hadoop.cluster import Cluster

from ..expect_errors import missing_data
from ..unit.documentation.documented_commands import documented_commands
from .on_cluster import REPOSITORY, OnCluster

pytestmark = [pytest.mark.system, pytest.mark.timeout(1800)]

DAY, END = "2024-01-02", "2024-01-09"  # days that no other test scores
NAMES = {
    "flight_delays": "parcels", "flights": "parcels", "nightly": "default",
    "2013-06-01": DAY, "2013-06-08": END,
}  # fmt: skip


def commands_of(page: str, *programs: str) -> list[tuple[str, ...]]:
    return [one.words for one in documented_commands() if one.place.startswith(f"{page}:") and one.program in programs]


def test_the_commands_of_the_page_upload_a_file_and_run_a_week_on_the_cluster(
    served: OnCluster, tmp_path: Path
) -> None:
    file = tmp_path / "parcels.csv"
    landed = served.context().landing / "landing" / "parcels" / DAY / "parcels.csv"
    file.write_bytes(landed.read_bytes())
    ran: list[tuple[str, str]] = []
    for words in commands_of("docs/cluster.md", "assay", "spark-submit.sh"):
        if "--env" not in words:
            continue  # that of an installed wheel, which tests/system/test_wheel.py runs
        filled = [{**NAMES, "plan.csv.gz": str(file)}.get(word, word) for word in words]
        program = [sys.executable, "-m", "assay.cli.main"] if words[0] == "assay" else [str(REPOSITORY / words[0])]
        done = subprocess.run(
            [*program, *filled[1:]], env=served.environment(), capture_output=True, text=True, timeout=900, check=False
        )
        assert done.returncode == 0, f"{shlex.join(filled)}\n{done.stdout}{done.stderr}"
        ran.append((filled[1], done.stdout))
    assert [name for name, _ in ran] == ["upload", "clean", "run", "status"]
    assert missing_data(ran[-1][1], DAY) == []
    scored = served.context().ledger.latest("score", "parcels", PartitionStatus.SCORED)
    assert set(Interval.parse(DAY, END).dates()) <= set(scored)


def test_the_commands_of_the_page_on_rights_give_the_folder_to_a_group(
    served: OnCluster, cluster: Cluster, files: Any
) -> None:
    ctx = served.context()
    promotions = ctx.lake / "_assay" / "parcels" / "promotions"
    assert isinstance(promotions, HdfsPath)
    lines = commands_of("docs/rights.md", "hdfs")
    assert len(lines) == 3
    for words in lines:
        assert words[:2] == ("hdfs", "dfs")
        cluster.shell(*[word.replace("LAKE", str(ctx.lake)).replace("PIPELINE", "parcels") for word in words[2:]])
    status = files.ask("GET", "GETFILESTATUS", promotions.path).json()["FileStatus"]
    assert (status["group"], status["permission"]) == ("approvers", "775")
