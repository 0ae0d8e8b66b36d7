"""A POST of one JSON document to a webhook."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, OpenerDirector, ProxyHandler, Request, build_opener

import assay
from assay.core.notifications.message import json_document, slack_document
from assay.core.notifications.notification import Notification
from assay.notifications.failure import SendFailure, code_of
from assay.notifications.secret_values import read_secret
from assay.spec.schema.notifications import LOOPBACK, WebhookSpec, needs_encryption, web_address

FORMATS = {"json": json_document, "slack": slack_document}


class _NoRedirect(HTTPRedirectHandler):
    """A handler that follows no redirect: another host gets neither the message nor the token."""

    def redirect_request(self, *_: Any) -> None:
        """Return no new request, so that the redirect is an error of its status."""


def post(webhook: WebhookSpec, notification: Notification, timeout: float) -> None:
    """Send the message; `timeout` is the seconds that each step of the connection may take.

    The header `Idempotency-Key` holds the key of the event, by which a receiver recognises a message that came twice.

    Raises:
        SendFailure: A secret is missing, or the server does not take the message.
    """
    url = webhook.url or read_secret(webhook.url_file, webhook.url_env)
    token = read_secret(webhook.token_file, webhook.token_env)
    failure = _refused(url, token) or _attempt(url, token, webhook.format, notification, timeout)
    if failure:
        raise SendFailure(failure)


def _refused(url: str, token: str) -> str:
    """Return the code of an address that gets no message, empty for one that does."""
    try:
        web_address(url)
    except Exception:
        return "bad-url"
    return "no-encryption" if token and needs_encryption(url) else ""


def _attempt(url: str, token: str, form: str, notification: Notification, timeout: float) -> str:
    """Return the code of the failure of one POST, empty where the server took it."""
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": f"assay/{assay.__version__}",
        "Idempotency-Key": notification.key,
    }
    if token:
        headers["Authorization"] = f"Bearer {token}"
    data = json.dumps(FORMATS[form](notification), ensure_ascii=False).encode("utf-8", "replace")
    try:
        request = Request(url, data=data, headers=headers, method="POST")
        with _opener(url).open(request, timeout=timeout):
            return ""
    except Exception as error:  # any error of the library is reduced to a code: it may hold the address
        return code_of(error)


def _opener(url: str) -> OpenerDirector:
    """Return what opens an address: without a proxy for this machine, since a token may go there unencrypted."""
    proxies = [ProxyHandler({})] if urlsplit(url).hostname in LOOPBACK else []
    return build_opener(_NoRedirect, *proxies)
