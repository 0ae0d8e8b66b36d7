"""What a cluster is made of, without starting one."""

from __future__ import annotations

import base64
import os
import struct
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from assay.errors import InfrastructureError, InputError
from devtools.hadoop.configuration import write_site
from devtools.hadoop.daemon import Daemon
from devtools.hadoop.jars import pinned_jars
from devtools.hadoop.keytab import only, principals
from devtools.hadoop.layout import Layout
from devtools.hadoop.ports import with_free_ports
from devtools.hadoop.process import Process
from devtools.hadoop.state import settle
from devtools.hadoop.tokens import token_in
from devtools.hadoop.waiting import wait_until

from ...expect_errors import raises_code


def test_every_jar_is_pinned_once() -> None:
    jars = pinned_jars()
    assert len(jars) > 100
    assert len({jar.name for jar in jars}) == len({(jar.group, jar.artifact) for jar in jars}) == len(jars)
    assert {len(bytes.fromhex(jar.sha256)) for jar in jars} == {32}
    assert {jar.version for jar in jars if jar.group == "org.apache.hadoop"} == {"3.5.0"}


def test_known_ports_stay_and_new_ones_differ() -> None:
    ports = with_free_ports(["a", "b", "c"], {"a": 20_000, "old": 20_001})
    assert (ports["a"], ports["old"]) == (20_000, 20_001)
    assert len(set(ports.values())) == 4


def test_what_was_settled_stays_and_more_daemons_get_more_ports(tmp_path: Path) -> None:
    file = tmp_path / "cluster.json"
    first = settle(file, nodemanagers=None, kerberos=None)
    assert (first.nodemanagers, first.kerberos) == (1, False)
    assert settle(file, nodemanagers=None, kerberos=None) == first
    second = settle(file, nodemanagers=2, kerberos=False)
    assert first.ports.items() < second.ports.items()
    assert settle(file, nodemanagers=None, kerberos=None) == second


def test_a_cluster_does_not_change_its_mind_about_kerberos(tmp_path: Path) -> None:
    file = tmp_path / "cluster.json"
    assert "kdc" in settle(file, nodemanagers=None, kerberos=True).ports
    assert settle(file, nodemanagers=None, kerberos=None).kerberos
    with raises_code(InputError, "other-cluster", tmp_path):
        settle(file, nodemanagers=None, kerberos=False)


def test_a_site_is_read_as_it_was_meant(tmp_path: Path) -> None:
    write_site(tmp_path / "core-site.xml", {"a.b": "x<y & z", "c": 2})
    properties = ElementTree.parse(tmp_path / "core-site.xml").getroot()
    assert {p.findtext("name"): p.findtext("value") for p in properties} == {"a.b": "x<y & z", "c": "2"}


def test_waiting_in_vain_says_for_what() -> None:
    with raises_code(InfrastructureError, "waited-in-vain", "the rain", "the sky is blue"):
        wait_until(lambda: False, "the rain", 0, details=lambda: "the sky is blue")


def layout_in(folder: Path) -> Layout:
    layout = Layout(folder)
    layout.make()
    return layout


def test_a_daemon_that_ends_is_reported_with_its_last_words(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "raise SystemExit('out of oil')"]
    # The first argument is the mark, which Python would not take.
    script = tmp_path / "script"
    script.write_text('#!/bin/sh\nshift\nexec "$@"\n')
    script.chmod(0o755)
    daemon = Daemon("lamp", layout_in(tmp_path), [str(script), *command], os.environ, lambda: False)
    with raises_code(InfrastructureError, "daemon-ended", "lamp", "out of oil"):
        daemon.start()


def test_a_daemon_is_known_by_its_mark_and_can_be_killed_and_started_again(tmp_path: Path) -> None:
    script = tmp_path / "script"
    script.write_text('#!/bin/sh\nread line <"$0.never"\n')
    os.mkfifo(f"{script}.never")
    script.chmod(0o755)
    layout = layout_in(tmp_path)
    daemon = Daemon("lamp", layout, [str(script)], os.environ, lambda: True)
    daemon.start()
    first = daemon.pid
    assert first is not None
    daemon.start()
    assert Process("lamp", layout).pid == first
    daemon.kill()
    assert daemon.pid is None
    daemon.start()
    assert daemon.pid not in (None, first)
    daemon.stop()
    assert layout.started == []


def test_a_process_that_got_the_number_of_a_daemon_is_left_alone(tmp_path: Path) -> None:
    layout = layout_in(tmp_path)
    with subprocess.Popen(["sleep", "60"]) as stranger:
        layout.pid("lamp").write_text(str(stranger.pid))
        lamp = Process("lamp", layout)
        assert lamp.pid is None
        lamp.stop()
        assert layout.started == []
        assert stranger.poll() is None
        stranger.kill()


def record(*texts: str) -> bytes:
    realm, *names = texts
    body = struct.pack(">H", len(names)) + b"".join(
        struct.pack(">H", len(text)) + text.encode() for text in (realm, *names)
    )
    return body + struct.pack(">IIBHH", 1, 0, 1, 17, 4) + b"keys"


def test_a_keytab_is_cut_down_to_the_keys_of_one() -> None:
    anna, web = record("REALM", "anna"), record("REALM", "HTTP", "localhost")
    hole = struct.pack(">i", -5) + b"12345"
    keytab = b"\x05\x02" + struct.pack(">i", len(anna)) + anna + hole + struct.pack(">i", len(web)) + web
    assert principals(keytab) == {"anna@REALM", "HTTP/localhost@REALM"}
    assert only(keytab, ["anna@REALM"]) == b"\x05\x02" + struct.pack(">i", len(anna)) + anna
    assert principals(keytab[:5]) == set()


@pytest.mark.parametrize("length", [10, 200, 300])
def test_a_token_is_taken_out_of_a_file_of_credentials(length: int) -> None:
    name = b"127.0.0.1:8020"
    size = bytes([length]) if length < 128 else b"\x8f" + bytes([length]) if length < 256 else b"\x8e\x01\x2c"
    token = size + b"i" * length + bytes([3]) + b"key" + bytes([4]) + b"KIND" + bytes([len(name)]) + name
    file = b"HDTS\x00\x01" + bytes([len(name)]) + name + token + b"\x00"
    encoded = token_in(file)
    assert base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)) == token
