"""The way of events to a file or to a server, by the transports of openlineage-python."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import assay
from assay.lineage.events import require_client
from assay.spec.schema.lineage import LineageSpec
from assay.spec.schema.notifications import LOOPBACK


class LineageFailure(Exception):
    """An event that was not taken.

    It is raised outside of the handler of its cause, so that no traceback leads to an address or a token.

    Attributes:
        code: A short name such as 'timeout', 'http-404' or 'not-written'. It never holds a secret.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def open_emitter(spec: LineageSpec, token: str, timeout: float) -> Callable[[Any], None]:
    """Return the function that sends one event.

    It makes one attempt, follows no redirect and reads no .netrc. `timeout` is the seconds that each step of a
    connection may take. The function raises LineageFailure for an event that was not taken.

    Raises:
        InputError: openlineage-python is not installed.
    """
    require_client()
    transport = _file(spec.file) if spec.file is not None else _http(spec, token, timeout)

    def emit(event: Any) -> None:
        try:
            transport.emit(event)
        except Exception as error:  # any error of the library is reduced to a code: it may hold the address
            code = _code_of(error)
        else:
            return
        raise LineageFailure(code)

    return emit


def _file(path: str) -> Any:
    from openlineage.client.transport.file import FileConfig, FileTransport

    return FileTransport(FileConfig(log_file_path=path, append=True))


def _http(spec: LineageSpec, token: str, timeout: float) -> Any:
    from openlineage.client.transport.http import HttpConfig, HttpTransport
    from requests import Session

    def authorize(request: Any) -> Any:
        """Set the token here, and not in the client's configuration, which the client logs."""
        if token:
            request.headers["Authorization"] = f"Bearer {token}"
        return request

    url, session = str(spec.url), Session()
    session.auth = authorize
    session.max_redirects = 0
    session.trust_env = urlsplit(url).hostname not in LOOPBACK
    return HttpTransport(
        HttpConfig(
            url=url.rstrip("/") + "/",
            endpoint=spec.endpoint.lstrip("/"),
            timeout=timeout,
            session=session,
            retry={"total": 0},
            custom_headers={"User-Agent": f"assay/{assay.__version__}"},
        )
    )


def _code_of(error: Exception) -> str:
    """Return the code of what a transport raised."""
    from requests import exceptions

    match error:
        case exceptions.HTTPError(response=response) if response is not None:
            return f"http-{response.status_code}"
        case exceptions.TooManyRedirects():
            return "redirect"
        case exceptions.Timeout() | TimeoutError():
            return "timeout"
        case exceptions.SSLError() | ssl.SSLError():
            return "tls"
        case exceptions.RequestException():
            return "unreachable"
        case RuntimeError() | OSError():
            return "not-written"
    return "bad-event"
