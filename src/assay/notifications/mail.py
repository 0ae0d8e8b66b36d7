"""A mail by SMTP."""

from __future__ import annotations

import smtplib
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from assay.core.notifications.message import plain_text, subject_line
from assay.core.notifications.notification import Notification
from assay.notifications.failure import SendFailure, code_of, refusal_code
from assay.notifications.secret_values import read_secret
from assay.spec.schema.notifications import SmtpSpec


def send_mail(smtp: SmtpSpec, notification: Notification, timeout: float) -> str:
    """Send the message, and return the code of a receiver that was refused beside others, empty without one.

    The header `Message-ID` holds the key of the event, so that a mail which came twice is shown once.

    Raises:
        SendFailure: The password is missing, a header has a line break, or the server takes the mail for no receiver.
    """
    password = read_secret(smtp.password_file, smtp.password_env)
    failure, partly = _attempt(smtp, password, notification, timeout)
    if failure:
        raise SendFailure(failure)
    return partly


def compose(smtp: SmtpSpec, notification: Notification) -> EmailMessage:
    """Return the mail.

    Raises:
        ValueError: A header has a line break.
    """
    message = EmailMessage(policy=SMTP)
    message["Subject"] = subject_line(notification)
    message["From"] = smtp.from_
    message["To"] = ", ".join(smtp.to)
    message["Date"] = format_datetime(datetime.now(UTC))
    message["Message-ID"] = f"<{notification.key}@{smtp.from_.partition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message["X-Assay-Event"] = f"{notification.pipeline} {notification.kind}"
    # A name or a reason from a command line may hold bytes that are no Unicode.
    message.set_content(plain_text(notification).encode("utf-8", "replace").decode())
    return message


def _attempt(smtp: SmtpSpec, password: str, notification: Notification, timeout: float) -> tuple[str, str]:
    """Return the code of the failure of one attempt, and the code of a refused receiver where others got the mail."""
    try:
        message = compose(smtp, notification)
        with _connected(smtp, timeout) as server:
            if smtp.user is not None:
                server.login(smtp.user, password)
            return "", refusal_code(server.send_message(message))
    except Exception as error:  # any error of the library is reduced to a code: it may hold the password
        return code_of(error), ""


@contextmanager
def _connected(smtp: SmtpSpec, timeout: float) -> Iterator[smtplib.SMTP]:
    """Yield a connection, and end it: a mail that was taken stays taken, whatever the end of the connection is."""
    server = _opened(smtp, timeout)
    try:
        yield server
        with suppress(OSError):  # the errors of smtplib are such ones too
            server.quit()
    finally:
        server.close()


def _opened(smtp: SmtpSpec, timeout: float) -> smtplib.SMTP:
    name = socket.gethostname()
    if smtp.tls == "implicit":
        context = ssl.create_default_context()
        return smtplib.SMTP_SSL(smtp.host, smtp.port, local_hostname=name, timeout=timeout, context=context)
    server = smtplib.SMTP(smtp.host, smtp.port, local_hostname=name, timeout=timeout)
    try:
        if smtp.tls == "starttls":
            server.starttls(context=ssl.create_default_context())
    except BaseException:
        server.close()
        raise
    return server
