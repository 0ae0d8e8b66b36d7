"""What leaves the cluster is counted from one record to the next."""

from __future__ import annotations

from dataclasses import replace

from assay.spec.schema.environment import Environment
from assay.stages.runtime.resource_usage import Footprints
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
