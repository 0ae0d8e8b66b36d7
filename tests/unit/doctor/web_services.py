"""A web service on this machine with fixed answers, and an address at which nothing answers."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

Answers = Mapping[str, tuple[int, Any]]
"""The status and the document (or the text) by the beginning of the path; every other path is 404."""


@contextmanager
def web_service(answers: Answers) -> Iterator[str]:
    """The address of a server with these answers; a path for PUT or POST begins with the word."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(self.path)

        def do_PUT(self) -> None:
            self._answer(f"PUT {self.path}")

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self._answer(f"POST {self.path}")

        def _answer(self, path: str) -> None:
            known = sorted((one for one in answers if path.startswith(one)), key=len)
            status, content = answers[known[-1]] if known else (404, "no such page")
            data = content.encode() if isinstance(content, str) else json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Type", "text/plain" if isinstance(content, str) else "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: Any) -> None:
            """Print nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        with pytest.MonkeyPatch.context() as variables:
            variables.setenv("no_proxy", "127.0.0.1")
            yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def silent_address() -> Iterator[str]:
    """An address whose port this process holds, and at which nothing listens."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{held.getsockname()[1]}"
