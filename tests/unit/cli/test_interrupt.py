"""Ctrl-C and a piped output, in a process of its own as a terminal starts it; no JVM is needed for these."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest

from assay.cli.interrupt import STOPPING
from assay.spec.project import load_pipeline, open_project
from assay.stages.runtime.context import Context

from ...expect_errors import missing_data
from ...interruptible import INTERRUPTIBLE

PARCELS = Path(__file__).parents[2] / "projects" / "parcels"
LAND = ("run", "parcels", "--from", "2024-01-01", "--to", "2024-01-02", "--select", "land")


@contextmanager
def started(home: Path, *arguments: str, stop_at: str = "") -> Iterator[subprocess.Popen[str]]:
    """The command line in a process group of its own, its outputs piped."""
    variables = {"ASSAY_PROJECT": str(PARCELS), "ASSAY_HOME": str(home), "ASSAY_STOP_AT": stop_at}
    with subprocess.Popen(
        [*INTERRUPTIBLE, sys.executable, "-m", "assay.cli.main", *arguments],
        env=os.environ | variables | {"PYTHONPATH": str(PARCELS)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def script(text: str) -> subprocess.Popen[str]:
    """A script that Ctrl-C reaches, its outputs piped."""
    return subprocess.Popen(
        [*INTERRUPTIBLE, sys.executable, "-c", text],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def interrupt(process: subprocess.Popen[str]) -> None:
    """Ctrl-C: the terminal sends it to the whole group in front."""
    os.killpg(process.pid, signal.SIGINT)


@pytest.fixture
def blocked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home in which parcels have landed, and reading the deliveries blocks for as long as nothing is written."""
    monkeypatch.syspath_prepend(str(PARCELS))
    from parcel_code.landing import write_drops

    write_drops(tmp_path / "landing", date(2024, 1, 1), 1)
    drop = tmp_path / "landing" / "deliveries" / "2024-01-01" / "deliveries.csv"
    drop.rename(tmp_path / "deliveries.csv")
    os.mkfifo(drop)
    return tmp_path


def test_a_reader_that_ends_early_is_no_failure_of_what_was_read(tmp_path: Path) -> None:
    with started(tmp_path, "schema") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert (process.stderr.read(), process.wait()) == ("", 0)


def test_a_character_that_the_output_cannot_show_is_replaced() -> None:
    command = [sys.executable, "-m", "assay.cli.main", "help", "not-landed"]
    done = subprocess.run(command, env=os.environ | {"PYTHONIOENCODING": "latin-1"}, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"'?'" in done.stdout


def test_a_run_goes_on_when_nothing_reads_its_lines_any_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(PARCELS))
    from parcel_code.landing import write_drops

    write_drops(tmp_path / "landing", date(2024, 1, 1), 1)
    with started(tmp_path, *LAND) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert (process.stderr.read(), process.wait()) == ("", 0)
    monkeypatch.setenv("ASSAY_HOME", str(tmp_path))
    ledger = Context(load_pipeline(open_project(PARCELS), "parcels")).ledger
    assert {record.subject for record in ledger.records("land")} == {"parcels", "deliveries"}


def test_a_line_is_in_the_log_when_it_happens_and_ctrl_c_is_answered_while_the_rest_waits(blocked: Path) -> None:
    with started(blocked, *LAND) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        first = process.stdout.readline()
        assert process.poll() is None, "the other table is still waited for"
        assert missing_data(first, "parcels", "landed") == []
        interrupt(process)
        stderr_lines = process.stderr.read().splitlines()
        assert process.wait() == 130
    assert stderr_lines[0] == STOPPING
    assert first.strip() in stderr_lines[1]
    drop = blocked / "landing" / "deliveries" / "2024-01-01" / "deliveries.csv"
    (blocked / "deliveries.csv").replace(drop)
    with started(blocked, *LAND, "--json") as again:
        document = json.loads(again.communicate()[0])
    assert again.returncode == 0
    by_table = {outcome["subject"]: outcome["run_id"] for outcome in document["outcomes"]}
    assert by_table["parcels"] is None, "it is done already"
    assert by_table["deliveries"] is not None


def test_ctrl_c_is_answered_when_the_reader_of_all_outputs_has_ended_by_it(blocked: Path) -> None:
    """A pipe into `tee` with both outputs: Ctrl-C ends `tee` too, often before Assay writes its answer."""
    with started(blocked, *LAND) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline(), "the other table is still waited for"
        process.stdout.close()
        process.stderr.close()
        interrupt(process)
        assert process.wait() == 130


def test_an_interrupted_command_says_so_in_json_too(blocked: Path) -> None:
    with started(blocked, "land", "parcels", "--date", "2024-01-01", "--json", stop_at="cli:started") as process:
        os.waitpid(process.pid, os.WUNTRACED)
        interrupt(process)
        os.killpg(process.pid, signal.SIGCONT)
        out, err = process.communicate()
    assert process.returncode == 130
    assert json.loads(out)["error"] == "interrupted"
    assert err.splitlines()[0] == STOPPING
    assert "Traceback" not in err


def test_a_job_in_the_background_of_a_script_is_not_interrupted(blocked: Path) -> None:
    command = [sys.executable, "-m", "assay.cli.main", "schema"]
    variables = os.environ | {"ASSAY_PROJECT": str(PARCELS), "ASSAY_HOME": str(blocked), "ASSAY_STOP_AT": "cli:started"}
    ignoring = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        process = subprocess.Popen(
            command, env=variables, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
        )
    finally:
        signal.signal(signal.SIGINT, ignoring)
    os.waitpid(process.pid, os.WUNTRACED)
    interrupt(process)
    os.killpg(process.pid, signal.SIGCONT)
    assert process.communicate()[0].startswith("{")
    assert process.returncode == 0


STUBBORN = """
import os, signal, subprocess, sys
from assay.cli.interrupt import end_children

child = subprocess.Popen(
    [sys.executable, "-c", "from signal import *; signal(SIGTERM, SIG_IGN); print(flush=True); pause()"],
    stdout=subprocess.PIPE, start_new_session=sys.argv[1] == "alone",
)
child.stdout.readline()
reader, writer = os.pipe()
os.write(writer, bytes([signal.SIGINT]))
end_children(reader)
print(child.wait())
"""


@pytest.mark.parametrize("session", ["alone", "shared"])
def test_a_second_ctrl_c_kills_what_does_not_end_when_it_is_asked(session: str) -> None:
    done = subprocess.run([sys.executable, "-c", STUBBORN, session], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == str(-signal.SIGKILL), done.stderr


PEER = """
import signal, socket

with socket.create_server(("127.0.0.1", 0)) as server:
    print(server.getsockname()[1], flush=True)
    connection, _ = server.accept()
    signal.pause()
"""

WAITING_FOR_A_JVM = f"""
import subprocess, sys
from py4j.clientserver import ClientServer, JavaParameters
from assay.cli.exit_codes import guarded
from assay.cli.interrupt import prepare_terminal

prepare_terminal()
peer = subprocess.Popen([sys.executable, "-c", {PEER!r}], stdout=subprocess.PIPE, text=True)
port = int(peer.stdout.readline())
gateway = ClientServer(JavaParameters(port=port, auto_field=False))
print("sent", flush=True)
guarded(lambda: gateway.jvm.java.lang.System.nanoTime())
"""


def test_a_jvm_that_ends_with_its_command_is_not_reported_as_an_error() -> None:
    """A process in the JVM's place leaves the command unread, so that its end resets the connection."""
    with script(WAITING_FOR_A_JVM) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "sent\n"
        process.send_signal(signal.SIGINT)
        _, err = process.communicate()
    assert process.returncode == 130
    assert err.splitlines()[0] == STOPPING
    assert "Traceback" not in err


ANSWERED = """
import signal
from assay.cli.interrupt import concluded, prepare_terminal

prepare_terminal(as_json=True)
concluded(3)
print("answered", flush=True)
signal.pause()
signal.pause()
"""


def test_after_the_answer_ctrl_c_ends_the_sending_with_the_exit_code_of_the_command() -> None:
    with script(ANSWERED) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "answered\n"
        process.send_signal(signal.SIGINT)
        assert process.communicate() == ("", "")
    assert process.returncode == 3
