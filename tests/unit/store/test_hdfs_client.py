"""The contract with the package `hdfs`: each request that the adapter makes by a private endpoint is the right one."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hdfs.util import HdfsError

from assay.store.hadoop.hdfs_client import HdfsClient, open_client, without_log

UNKNOWN_USER = "AuthenticationException"
"""Answered with 401, which is the one refusal that the package logs."""


@dataclass(slots=True)
class NameNode:
    """A server that answers as WebHDFS does, and keeps what it was sent: method, operation, parameters and body."""

    address: str = ""
    answers: dict[str, Any] = field(default_factory=dict)
    refusals: dict[str, str] = field(default_factory=dict)
    requests: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)


def _handler(node: NameNode) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            parameters = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
            operation = parameters.pop("op", "to the DataNode")
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            node.requests.append((self.command, operation, parameters, body))
            refusal = node.refusals.get(operation)
            content = node.answers.get(operation, {})
            if refusal is not None:
                content = {"RemoteException": {"exception": refusal, "message": "no"}}
            data = content if isinstance(content, bytes) else json.dumps(content).encode()
            self.send_response(
                401 if refusal == UNKNOWN_USER else 403 if refusal else 201 if operation == "to the DataNode" else 200
            )
            if operation == "CREATE":
                self.send_header("Location", f"{node.address}/datanode?delegation=abc")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_PUT = do_DELETE = answer  # noqa: N815 - the names that http.server calls

        def log_message(self, *_: object) -> None:
            pass

    return Handler


@pytest.fixture
def node() -> Iterator[NameNode]:
    node = NameNode()
    with HTTPServer(("127.0.0.1", 0), _handler(node)) as server:
        node.address = f"http://127.0.0.1:{server.server_port}"
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield node
        server.shutdown()
        thread.join()


@pytest.fixture
def client(node: NameNode) -> Iterator[HdfsClient]:
    client = open_client((node.address,), "eva")
    yield client
    client.package_client._session.close()


def test_the_status_of_a_file_and_of_a_folders_children_come_as_they_are(node: NameNode, client: HdfsClient) -> None:
    node.answers = {
        "GETFILESTATUS": {"FileStatus": {"fileId": 7}},
        "LISTSTATUS": {"FileStatuses": {"FileStatus": [{"pathSuffix": "a"}]}},
    }
    assert client.file_status("/x") == {"fileId": 7}
    assert client.list_status("/x") == [{"pathSuffix": "a"}]
    assert [request[:3] for request in node.requests] == [
        ("GET", "GETFILESTATUS", {"user.name": "eva"}),
        ("GET", "LISTSTATUS", {"user.name": "eva"}),
    ]


def test_a_reading_leaves_datanodes_out(node: NameNode, client: HdfsClient) -> None:
    node.answers = {"OPEN": b"content"}
    assert client.open("/x", {"excludedatanodes": "b"}).content == b"content"
    assert node.requests[0][1:3] == ("OPEN", {"user.name": "eva", "excludedatanodes": "b"})


@pytest.mark.parametrize("data", [b"abc", iter([b"ab", b"c"])])
def test_a_writing_asks_the_namenode_and_sends_the_bytes_to_the_datanode_without_another_token(
    node: NameNode, client: HdfsClient, data: Any
) -> None:
    client.parameters["delegation"] = "secret"
    client.write("/x", data, {})
    [create, sent] = node.requests
    assert create[1:3] == ("CREATE", {"user.name": "eva", "delegation": "secret", "overwrite": "True"})
    assert sent[:2] == ("PUT", "to the DataNode")
    assert sent[2].get("delegation") == "abc", "the NameNode's, once"


def test_a_renaming_and_a_deletion_name_their_options(node: NameNode, client: HdfsClient) -> None:
    node.answers = {"DELETE": {"boolean": True}, "RENAME": {"boolean": True}}
    client.rename("/x", "/y", "NONE")
    assert client.delete("/y", recursive=True) is True
    assert [request[1:3] for request in node.requests] == [
        ("RENAME", {"user.name": "eva", "destination": "/y", "renameoptions": "NONE"}),
        ("DELETE", {"user.name": "eva", "recursive": "True"}),
    ]


@pytest.mark.parametrize(
    ("operation", "request_of"),
    [
        ("GETFILESTATUS", lambda client: client.file_status("/x")),
        ("CREATE", lambda client: client.write("/x", b"", {})),
        ("to the DataNode", lambda client: client.write("/x", b"", {})),
        ("RENAME", lambda client: client.rename("/x", "/y", "NONE")),
    ],
)
def test_a_refusal_is_the_packages_error_with_the_name_of_hadoops_exception(
    node: NameNode, client: HdfsClient, operation: str, request_of: Callable[[HdfsClient], object]
) -> None:
    node.refusals = {operation: "AccessControlException"}
    with pytest.raises(HdfsError) as refused, without_log():
        request_of(client)
    assert refused.value.exception == "AccessControlException"


def test_a_refusal_is_logged_by_the_package_and_not_inside_the_block(
    node: NameNode, client: HdfsClient, caplog: pytest.LogCaptureFixture
) -> None:
    node.refusals = {"GETFILESTATUS": UNKNOWN_USER}
    with pytest.raises(HdfsError, match="Authentication failure"), without_log():
        client.file_status("/x")
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []
    with pytest.raises(HdfsError):
        client.file_status("/x")
    assert [record.name for record in caplog.records if record.levelno >= logging.WARNING] == ["hdfs.client"]


def test_a_secured_client_sends_no_user_and_the_token_it_is_given(node: NameNode) -> None:
    node.answers = {"GETFILESTATUS": {"FileStatus": {}}}
    secured = open_client((node.address,), None)
    assert secured.parameters == {}
    secured.parameters["delegation"] = "token"
    secured.file_status("/x")
    assert node.requests[0][2] == {"delegation": "token"}
    assert secured.addresses == [node.address]
    secured.package_client._session.close()
