"""The doctor's lines on a guarded cluster: with a keytab, with a ticket, without one, and after it has ended."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from assay.doctor.check_line import line_of
from assay.doctor.kerberos import check_kerberos
from assay.spec.project import open_project
from assay.store.hadoop.kerberos_files import cached_tickets

from .kerberos_project import MARKS, KerberosProject, environment_text
from .ticket import ticket

pytestmark = [*MARKS, pytest.mark.timeout(900)]

LINES = """
import json
from assay.doctor.check_line import line_of
from assay.doctor.hadoop import check_hdfs, check_yarn
from assay.doctor.kerberos import check_kerberos
from assay.spec.project import open_project

environment = open_project(env={env!r}).environment
checks = dict(kerberos=check_kerberos, hdfs=check_hdfs, yarn=check_yarn)
print(json.dumps({{title: line_of(title, lambda: check(environment)).to_json() for title, check in checks.items()}}))
"""


def lines(project: KerberosProject, env: str, **variables: str) -> dict[str, dict[str, Any]]:
    """The lines in a process of its own, as the command has it."""
    done = subprocess.run(
        [sys.executable, "-c", LINES.format(env=env)],
        env=project.environment(**variables),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    shown: dict[str, dict[str, Any]] = json.loads(done.stdout.splitlines()[-1])
    return shown


@pytest.fixture
def by_ticket(kerberized: KerberosProject, mlflow_address: str) -> str:
    """The name of an environment that has the principal, and no keytab."""
    assert kerberized.cluster.kerberos is not None
    section = f"kerberos: {{principal: {kerberized.cluster.kerberos.principal('assay')}}}\n"
    kerberized.write_environment(environment_text(kerberized.cluster, mlflow_address, section), "by-ticket")
    return "by-ticket"


def test_with_the_keytab_every_line_is_ok(kerberized: KerberosProject) -> None:
    shown = lines(kerberized, "cluster")
    assert {title: one["exit_code"] for title, one in shown.items()} == {"kerberos": 0, "hdfs": 0, "yarn": 0}, shown
    assert "does not expire" in shown["kerberos"]["sentence"]
    assert shown["hdfs"]["details"] == [f"{kerberized.cluster.webhdfs}: active"]


def test_without_a_ticket_each_line_names_kinit(kerberized: KerberosProject, by_ticket: str) -> None:
    shown = lines(kerberized, by_ticket)
    assert {title: (one["exit_code"], one["error"]) for title, one in shown.items()} == dict.fromkeys(
        shown, (4, "no-ticket")
    )
    assert all("kinit" in one["mend"] for one in shown.values()), shown


def test_with_a_ticket_every_line_is_ok_and_an_ended_one_is_named(
    kerberized: KerberosProject, by_ticket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = ticket(kerberized.cluster, tmp_path / "ticket", 3_600)
    shown = lines(kerberized, by_ticket, KRB5CCNAME=str(cache))
    assert {title: one["exit_code"] for title, one in shown.items()} == {"kerberos": 0, "hdfs": 0, "yarn": 0}, shown
    owner, [one] = cached_tickets(cache.read_bytes())
    assert owner in shown["kerberos"]["sentence"]
    assert f"{one.ends:%Y-%m-%d %H:%M}" in shown["kerberos"]["sentence"]
    assert timedelta(0) < one.ends - datetime.now(UTC) <= timedelta(hours=1)
    monkeypatch.setenv("KRB5CCNAME", str(cache))
    environment = open_project(kerberized.root, env=by_ticket).environment
    ended = line_of("kerberos", lambda: check_kerberos(environment, lambda: one.ends))
    assert (ended.exit_code, ended.code) == (4, "no-ticket")
    other = line_of("kerberos", lambda: check_kerberos(replace(environment, principal="other@EXAMPLE.ORG")))
    assert (other.exit_code, other.code) == (2, "other-principal")
