"""A web server and a mail server on this machine, which keep what they get and answer as a test sets them."""

from __future__ import annotations

import json
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


@dataclass
class Webhook:
    """A web server: the next answers are `statuses`, then 200. It answers when `delay` is set, if there is one."""

    url: str = ""
    statuses: list[int] = field(default_factory=list)
    requests: list[dict[str, Any]] = field(default_factory=list)
    delay: threading.Event | None = None
    reached: threading.Event = field(default_factory=threading.Event)

    def bodies(self) -> list[dict[str, Any]]:
        return [request["body"] for request in self.requests]


@contextmanager
def webhook_server() -> Iterator[Webhook]:
    """A web server that keeps what it gets; its errors repeat the path and the token, as careless servers do."""
    kept = Webhook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            data = self.rfile.read(int(self.headers["Content-Length"]))
            kept.reached.set()
            if kept.delay is not None:
                kept.delay.wait(30)
            status = kept.statuses.pop(0) if kept.statuses else 200
            kept.requests.append({"path": self.path, "headers": dict(self.headers), "body": json.loads(data)})
            answer = f"{self.path} {self.headers.get('Authorization')}".encode()
            self.send_response(status)
            if status in (301, 302, 307, 308):
                self.send_header("Location", f"{kept.url}/elsewhere")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: Any) -> None:
            """Print nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.block_on_close = False
    kept.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        with pytest.MonkeyPatch.context() as environment:
            environment.setenv("no_proxy", "127.0.0.1")
            yield kept
    finally:
        if kept.delay is not None:
            kept.delay.set()
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass
class Mailbox:
    """A mail server: the mails that it took. It refuses the receivers in `refused`, and each mail with `refusal`.

    It answers `farewell` to QUIT.
    """

    port: int = 0
    mails: list[Envelope] = field(default_factory=list)
    refused: tuple[str, ...] = ()
    refusal: str = ""
    farewell: str = "221 bye"
    passwords: list[bytes] = field(default_factory=list)

    async def receiver(self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _: list[str]) -> str:
        """Take a receiver, unless it is refused."""
        if address in self.refused:
            return f"550 no such user {address} {self.passwords}"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def mail(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        """Keep a mail, unless it is refused."""
        if self.refusal:
            return self.refusal
        self.mails.append(envelope)
        return "250 OK"

    async def farewelled(self, _server: SMTP, _session: Session, _envelope: Envelope) -> str:
        """Answer the end of a connection."""
        return self.farewell

    handle_RCPT, handle_DATA, handle_QUIT = receiver, mail, farewelled  # noqa: N815 - the names that aiosmtpd calls


@contextmanager
def mail_server(password: str = "", certificate: tuple[Path, Path] | None = None) -> Iterator[Mailbox]:
    """A mail server, with a login where `password` is given, and with STARTTLS where a certificate and a key are."""
    box = Mailbox(free_port())

    def authenticate(_server: SMTP, _session: Session, _envelope: Envelope, _kind: str, data: object) -> AuthResult:
        assert isinstance(data, LoginPassword)
        box.passwords.append(data.password)
        return AuthResult(success=data.password == password.encode(), handled=False)

    context = None
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
    controller = Controller(
        box,
        hostname="127.0.0.1",
        port=box.port,
        tls_context=context,
        require_starttls=context is not None,
        authenticator=authenticate if password else None,
        auth_require_tls=context is not None,
    )
    controller.start()
    try:
        yield box
    finally:
        controller.stop()


def free_port() -> int:
    """Return a port of this machine on which nothing listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])
