"""Assay's stages on a guarded cluster, as their user submits them: with a keytab, with a ticket, and with neither."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from devtools.hadoop.keytab import records
from devtools.hadoop.waiting import wait_until

from ..cluster.on_cluster import LIVED, TRAINED
from ..expect_errors import error_codes, missing_data
from .kerberos_project import HOME, MARKS, TOKENS_LIVE, KerberosProject, environment_text, with_keytab
from .planted_secrets import PASSWORDS, needles, occurrences
from .ticket import ticket

pytestmark = [*MARKS, pytest.mark.timeout(3600)]

DAY = ["--date", str(LIVED.start)]
LAST_WEEK = ["--from", str(TRAINED - timedelta(days=7)), "--to", str(TRAINED)]

TICKETS_LIVE = 90
"""Seconds, of the ticket that is to expire: until the driver has begun, or shorter where the machine is slow."""

PROPERTIES = f"""\
spark.hadoop.fs.s3a.secret.key {PASSWORDS["s3a"]}
spark.assay.trial.password {PASSWORDS["trial"]}
spark.eventLog.enabled true
spark.eventLog.compress false
spark.eventLog.dir {{hdfs}}{HOME}/events
"""


@dataclass(frozen=True, slots=True)
class Lived:
    """The whole loop, run with a keytab and with secrets around it; `folder` holds what was said and left behind."""

    project: KerberosProject
    folder: Path


@pytest.fixture(scope="module")
def lived(kerberized: KerberosProject, mlflow_server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lived]:
    folder = tmp_path_factory.mktemp("lived")
    for name in ("said", "temporary"):
        (folder / name).mkdir()
    secrets = folder.with_suffix(".properties")
    secrets.write_text(PROPERTIES.format(hdfs=kerberized.cluster.hdfs))
    kerberized.hdfs("-mkdir", "-p", f"{HOME}/events")
    assert mlflow_server in (kerberized.root / "conf" / "environments" / "cluster.yaml").read_text()
    variables = {
        "TMPDIR": str(folder / "temporary"),
        "MLFLOW_TRACKING_USERNAME": "somebody",
        "MLFLOW_TRACKING_PASSWORD": PASSWORDS["mlflow"],
    }
    for number, (mode, stage, *arguments) in enumerate(
        [
            ("cluster", "clean", *DAY),
            ("client", "run", "--select", "land..validate", "--from", str(LIVED.start), "--to", str(TRAINED)),
            ("client", "train", "--date", str(TRAINED)),
            ("client", "gate", "--date", str(TRAINED)),
            ("cluster", "score", *LAST_WEEK),
        ]
    ):
        flags = ("--deploy-mode", mode, "--", "--properties-file", str(secrets))
        done = kerberized.submit(stage, *arguments, *flags, **variables)
        (folder / "said" / f"{number}-{stage}").write_text(done.stdout + done.stderr)
        assert done.returncode == 0, f"{stage} in {mode} mode: {done.stdout}{done.stderr}"
    yield Lived(kerberized, folder)


def submit(project: KerberosProject, environment: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """A clean in that environment."""
    return project.submit("clean", *DAY, "--env", environment, **variables)


@pytest.mark.fault("R22", "a keytab or a ticket that is missing or invalid")
@pytest.mark.parametrize(
    ("kind", "exit_code", "code"),
    [
        ("nothing", 4, "no-ticket"),
        ("no ticket", 4, "no-ticket"),
        ("no file", 2, "no-keytab"),
        ("no keytab", 2, "no-key"),
        ("another's keytab", 2, "no-key"),
        ("an old keytab", 2, "refused-keytab"),
    ],
)
def test_whoever_has_no_right_is_told_so_and_nothing_is_submitted(
    kerberized: KerberosProject, tmp_path: Path, kind: str, exit_code: int, code: str
) -> None:
    kerberos = kerberized.cluster.kerberos
    assert kerberos is not None
    file = tmp_path / "assay.keytab"
    if kind == "no keytab":
        file.write_text("this is none")
    elif kind == "an old keytab":
        file.write_bytes(with_other_keys(kerberos.keytab("assay").read_bytes()))
    section = with_keytab(kerberized.cluster, kerberos.keytab("hdfs") if kind == "another's keytab" else file)
    if kind == "nothing":
        section = ""
    elif kind == "no ticket":
        section = f"kerberos: {{principal: {kerberos.principal('assay')}}}\n"
    kerberized.write_environment(environment_text(kerberized.cluster, "http://127.0.0.1:1", section), "refused")
    before = kerberized.applications()
    done = submit(kerberized, "refused")
    assert done.returncode == exit_code, done.stdout + done.stderr
    assert set(error_codes(done.stderr)) == {code}
    assert "Traceback" not in done.stdout + done.stderr
    assert "\tat " not in done.stderr
    assert kerberized.applications() == before


def test_the_loop_runs_with_a_keytab_as_the_user_whom_it_is_of(lived: Lived) -> None:
    project = lived.project
    status = json.loads(project.assay("status", "parcels", "--env", "cluster", "--json").stdout)
    assert status["champion"]
    assert status["scored"]["days"] == 7
    listed = project.hdfs("-ls", "-R", f"{HOME}/parcels/lake").splitlines()
    assert {line.split()[2] for line in listed} == {"assay"}
    assert any(line.endswith("/promotions/0000000001.json") for line in listed)
    scored = (lived.folder / "said" / "4-score").read_text()
    assert "SUCCEEDED" in scored
    models = json.loads(project.assay("models", "parcels", "--env", "cluster", "--json").stdout)
    assert {promotion["who"] for promotion in models["history"]} == {"assay"}, "as the ticket says, and no variable"


def test_a_drop_is_put_and_a_version_promoted_without_spark(lived: Lived, tmp_path: Path) -> None:
    from parcel_code.landing import write_drops

    write_drops(tmp_path, TRAINED, 1)
    drop = next(tmp_path.glob("parcels/*/*.csv"))
    done = lived.project.assay("upload", "parcels", str(drop), "--date", str(TRAINED), "--env", "cluster")
    assert done.returncode == 0, done.stderr
    assert lived.project.hdfs("-cat", f"{HOME}/parcels/landing/parcels/{TRAINED}/parcels.csv") == drop.read_text()
    champion = json.loads(lived.project.assay("status", "parcels", "--env", "cluster", "--json").stdout)["champion"]
    done = lived.project.assay("promote", "parcels", str(champion), "--reason", "tried", "--env", "cluster")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.fault("R38", "secrets planted in the environment, in Spark's properties, in tokens and in a keytab")
def test_no_secret_can_be_read_in_anything_that_a_run_said_or_left(
    lived: Lived, tmp_path: Path, mlflow_folder: Path
) -> None:
    project = lived.project
    kerberos = project.cluster.kerberos
    assert kerberos is not None
    project.hdfs("-get", f"{HOME}/parcels/lake", f"{HOME}/events", str(tmp_path))
    containers = project.cluster.layout.data("nodemanager-1") / "log"
    daemons = project.cluster.layout.log("namenode").parent
    everything = [tmp_path, lived.folder, containers, daemons, mlflow_folder, project.root]
    assert occurrences(everything, needles(kerberos.keytab("assay").read_bytes())) == []
    known = {"event": b"spark.assay.trial.password", "ledger": b'"stage":"score"', "mlflow": b"ROC"}
    assert {hit.partition(":")[0] for hit in occurrences([tmp_path], known)} >= {"event", "ledger"}, (
        "what is there is found"
    )
    tokens = [
        path for path in (lived.folder / "temporary").rglob("*") if path.is_file() and b"HDTS" in path.read_bytes()
    ]
    assert tokens == []


def test_a_secret_on_the_command_line_is_refused(kerberized: KerberosProject) -> None:
    done = kerberized.submit("clean", *DAY, "--", "--conf", f"spark.ssl.keyPassword={PASSWORDS['trial']}")
    assert done.returncode == 2, done.stdout + done.stderr
    assert missing_data(done.stderr, "error[secret]", "spark.ssl.keyPassword") == []
    assert PASSWORDS["trial"] not in done.stdout + done.stderr


@pytest.mark.fault("R22", "a token that expires while the job runs, with a keytab")
def test_a_run_with_a_keytab_outlives_its_tokens(kerberized: KerberosProject) -> None:
    code, output = submit_and_rest(kerberized, "cluster", TOKENS_LIVE + 5)
    assert code == 0, output


@pytest.mark.fault("R22", "a ticket that expires while the job runs")
def test_a_ticket_that_expires_ends_a_run_in_a_sentence_and_with_a_new_one_it_goes_on(
    kerberized: KerberosProject, tmp_path: Path
) -> None:
    kerberos = kerberized.cluster.kerberos
    assert kerberos is not None
    section = f"kerberos: {{principal: {kerberos.principal('assay')}}}\n"
    kerberized.write_environment(environment_text(kerberized.cluster, "http://127.0.0.1:1", section), "ticket")
    cache = ticket(kerberized.cluster, tmp_path / "short", TICKETS_LIVE)
    code, output = submit_and_rest(kerberized, "ticket", TICKETS_LIVE, KRB5CCNAME=str(cache))
    assert code == 4, output
    assert set(error_codes(output)) == {"no-ticket"}, output
    assert "Traceback" not in output
    assert "\tat " not in output
    cache = ticket(kerberized.cluster, tmp_path / "long", 3_600)
    done = submit(kerberized, "ticket", KRB5CCNAME=str(cache))
    assert done.returncode == 0, done.stdout + done.stderr


def submit_and_rest(project: KerberosProject, environment: str, seconds: float, **variables: str) -> tuple[int, str]:
    """The exit code of a clean and what it said, whose driver rests for so long before its first task."""
    again = ["clean", *DAY, "--force", "--env", environment]
    with project.start(*again, ASSAY_STOP_AT="clean:before-tasks", **variables) as running:

        def goes_on() -> bool:
            """Whether it has ended; it stops once for each table."""
            if running.poll() is None:
                os.killpg(running.pid, signal.SIGCONT)
            return running.poll() is not None

        try:
            wait_until(lambda: running.poll() is not None or stopped(running.pid), "the driver to stop", 400)
            rested = time.monotonic() + seconds
            wait_until(lambda: running.poll() is not None or time.monotonic() > rested, "its rest", seconds + 10)
            wait_until(goes_on, "its end", 400)
            output, _ = running.communicate()
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(running.pid, signal.SIGKILL)
    return running.returncode, output


def stopped(group: int) -> bool:
    """Whether a process of the group has been told to stop."""
    for process in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, _, of = process.read_text().rpartition(")")[2].split()[:3]
            if state == "T" and int(of) == group:
                return True
    return False


def with_other_keys(keytab: bytes) -> bytes:
    """The keytab with keys that nobody has: each record's last bytes, before the number of the key, are others."""
    changed = [
        record[:-12] + bytes(byte ^ 255 for byte in record[-12:-6]) + record[-6:] for _, record in records(keytab)
    ]
    return keytab[:2] + b"".join(changed)
