"""The failure of one attempt, reduced to a code: the text of a library's error may hold an address or a password."""

from __future__ import annotations

import smtplib
import ssl
from http.client import HTTPException
from urllib.error import HTTPError, URLError


class SendFailure(Exception):
    """A message that no server took.

    It is raised outside of the handler of its cause, so that no traceback leads to the cause.

    Attributes:
        code: A short name such as 'timeout', 'http-404' or 'smtp-535'. It never holds a secret.
        elsewhere: True where another machine may succeed: the secret cannot be read here.
    """

    def __init__(self, code: str, *, elsewhere: bool = False) -> None:
        super().__init__(code)
        self.code = code
        self.elsewhere = elsewhere


def code_of(error: Exception) -> str:
    """Return the code of what a transport raised.

    >>> code_of(TimeoutError("https://user:secret@host")), code_of(smtplib.SMTPResponseException(535, b"no secret"))
    ('timeout', 'smtp-535')
    """
    match error:
        case HTTPError():
            return f"http-{error.code}"
        case URLError(reason=Exception() as reason):
            return code_of(reason)
        case smtplib.SMTPRecipientsRefused():
            return refusal_code(error.recipients)
        case smtplib.SMTPResponseException():
            return f"smtp-{error.smtp_code}"
        case smtplib.SMTPNotSupportedError():
            return "not-supported"
        case smtplib.SMTPException() | HTTPException():
            return "no-answer"
        case ssl.SSLError():
            return "tls"
        case TimeoutError():
            return "timeout"
        case OSError():
            return "unreachable"
    return "bad-message"


def refusal_code(refused: dict[str, tuple[int, bytes]]) -> str:
    """Return the code of receivers that a mail server refused, empty where it refused none."""
    return next((f"smtp-{code}" for code, _ in refused.values()), "")
