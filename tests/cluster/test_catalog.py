"""Tables get names in a real Hive metastore, by configuration alone, and a metastore that is gone loses nothing."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from devtools.hadoop.metastore import metastore
from devtools.hadoop.ports import free_port

from .on_cluster import LIVED, OnCluster

CATALOG = "catalog: {{database: assay, metastore: '{address}'}}\n"


def ask(on_cluster: OnCluster, address: str) -> int:
    """How many rows a session counts that knows the metastore alone, and no path."""
    settings = {"spark.sql.catalogImplementation": "hive", "spark.hadoop.hive.metastore.uris": address}
    [(rows,)] = on_cluster.ask("select count(*) from assay.deliveries", **settings)
    assert isinstance(rows, int)
    return rows


@pytest.mark.system
@pytest.mark.timeout(1200)
def test_tables_get_names_that_people_query_and_a_dead_metastore_costs_no_row(
    on_cluster: OnCluster, tmp_path: Path
) -> None:
    environments = on_cluster.root / "conf" / "environments"
    port = free_port()
    home, conf = tmp_path / "metastore", on_cluster.cluster.conf
    first, second = (LIVED.start + timedelta(days=number) for number in (32, 33))
    flags = ["--table", "deliveries", "--env", "named"]
    with metastore(home, port, conf) as address:
        text = (environments / "cluster.yaml").read_text() + CATALOG.format(address=address)
        (environments / "named.yaml").write_text(text)
        done = on_cluster.submit("clean", "--date", str(first), *flags)
        assert done.returncode == 0, done.stdout + done.stderr
        rows = ask(on_cluster, address)
        assert rows > 0
    gone = on_cluster.submit("clean", "--date", str(second), *flags)
    assert gone.returncode == 4, gone.stdout + gone.stderr
    assert "metastore does not answer" in gone.stdout + gone.stderr
    with metastore(home, port, conf) as address:
        again = on_cluster.submit("clean", "--date", str(second), *flags)
        assert again.returncode == 0, again.stdout + again.stderr
        assert ask(on_cluster, address) > rows
    committed = [record.partitions for record in on_cluster.context().ledger.records("clean", "deliveries")]
    assert sum(str(second) in one for one in committed) == 1
