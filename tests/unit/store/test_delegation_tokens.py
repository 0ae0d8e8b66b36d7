"""A secured cluster is asked with tokens, with another one where one has expired, and not for ever."""

from __future__ import annotations

import base64
import json
import os
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from assay.errors import InfrastructureError
from assay.store.hadoop import delegation_tokens
from assay.store.hadoop.resource_manager import ResourceManager
from assay.store.hadoop.webhdfs import connect
from devtools.hadoop.tokens import token_in

from ...expect_errors import raises_code

# Each field after its length, one of two bytes among them; the last, the service, is empty as WebHDFS leaves it.
FIELDS = b"\x0aidentifier" + b"\x8f\xa0" + b"password" * 20 + b"\x15HDFS_DELEGATION_TOKEN"
TOKEN = base64.urlsafe_b64encode(FIELDS + b"\0").rstrip(b"=").decode()
STATUS = {"fileId": 7, "length": 3, "modificationTime": 0, "type": "FILE"}
EXPIRED = "Failed to obtain user group information: org.apache.hadoop.security.token.SecretManager$InvalidToken: ..."


class Tokens:
    """A right that gives one token after the other."""

    def __init__(self, *tokens: str) -> None:
        self.tokens = list(tokens)

    def hdfs(self, refused: str = "") -> str:
        if refused == self.tokens[0]:
            del self.tokens[0]
        return self.tokens[0]

    yarn = hdfs


class Guard(BaseHTTPRequestHandler):
    """WebHDFS and a ResourceManager that take the token 'new' alone."""

    def do_GET(self) -> None:
        query = parse_qs(urlsplit(self.path).query)
        token = query.get("delegation", [self.headers.get("X-Hadoop-Delegation-Token", "")])[0]
        if token == "new":
            self.answer(200, {"FileStatus": STATUS, "apps": None})
        elif token:
            self.answer(403, {"RemoteException": {"exception": "SecurityException", "message": EXPIRED}})
        else:
            self.answer(401, {})

    def answer(self, status: int, document: object) -> None:
        data = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Guard) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def test_hdfs_is_asked_with_another_token_where_one_has_expired(address: str) -> None:
    tokens = Tokens("old", "new")
    web = connect((address,), tokens)
    assert web.status("/file").st_size == 3
    assert tokens.tokens == ["new"]
    assert web.status("/file").st_ino == 7


def test_hdfs_that_takes_no_token_at_all_is_asked_twice(address: str) -> None:
    tokens = Tokens("old", "older", "unasked")
    with raises_code(InfrastructureError, "no-ticket", "InvalidToken", "/file") as refused:
        connect((address,), tokens).status("/file")
    assert refused.value.code == "no-ticket"
    assert "older" not in refused.value.render()
    assert tokens.tokens == ["older", "unasked"]


def test_a_secured_hdfs_that_is_taken_for_an_open_one_says_what_is_missing(address: str) -> None:
    with raises_code(InfrastructureError, "no-ticket", "kerberos: {principal, keytab}", "/file") as refused:
        connect((address,)).status("/file")
    assert "kerberos: {principal, keytab}" in refused.value.hint


def test_yarn_is_asked_with_another_token_where_one_has_expired(address: str) -> None:
    tokens = Tokens("old", "new")
    assert ResourceManager([address], tokens).tagged("any") == []
    assert tokens.tokens == ["new"]


@pytest.mark.parametrize("tokens", [None, Tokens("old", "older")])
def test_yarn_that_refuses_is_not_called_unreachable(address: str, tokens: Tokens | None) -> None:
    with raises_code(InfrastructureError, "no-ticket", "Authentication failure"):
        ResourceManager([address], tokens).tagged("any")


def test_a_file_of_tokens_names_the_service_as_it_is_looked_for() -> None:
    file = delegation_tokens.token_file(TOKEN, "name-node:8020")
    assert base64.urlsafe_b64decode(token_in(file) + "==") == FIELDS + b"\x0ename-node:8020"
    twice = delegation_tokens.token_file(TOKEN, "lake")
    assert twice[5] == 2
    assert b"ha-hdfs:lake" in twice


def test_what_is_lent_to_delta_rs_is_for_this_user_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(delegation_tokens.VARIABLE, "")
    delegation_tokens.write_token_file(Tokens(TOKEN), "name-node:8020")
    file = Path(os.environ[delegation_tokens.VARIABLE])
    assert file.read_bytes() == delegation_tokens.token_file(TOKEN, "name-node:8020")
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700


def test_threads_that_write_the_file_at_once_leave_it_whole_and_none_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tables of a run are cleaned side by side, and each opens Delta's log with the token."""
    monkeypatch.setenv(delegation_tokens.VARIABLE, "")
    other = base64.urlsafe_b64encode(FIELDS.replace(b"identifier", b"IDENTIFIER") + b"\0").rstrip(b"=").decode()
    tokens = [Tokens(TOKEN), Tokens(other)]
    start = threading.Barrier(4)

    def write(number: int) -> None:
        start.wait()
        for turn in range(100):
            delegation_tokens.write_token_file(tokens[(number + turn) % 2], "name-node:8020")

    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(write, number) for number in range(4)]:
            done.result()
    file = Path(os.environ[delegation_tokens.VARIABLE])
    assert file.read_bytes() in {delegation_tokens.token_file(token.hdfs(), "name-node:8020") for token in tokens}
    assert [path.name for path in file.parent.iterdir()] == ["tokens"]
