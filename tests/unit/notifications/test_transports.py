"""Webhooks and mails against real servers on this machine."""

from __future__ import annotations

import email
import email.policy
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from assay.core.notifications.message import json_document
from assay.core.notifications.notification import Notification
from assay.notifications.failure import SendFailure
from assay.notifications.mail import compose
from assay.notifications.send import send
from assay.spec.schema.notifications import ChannelSpec

from .examples import HELD, mail_channel, webhook_channel
from .servers import Mailbox, Webhook, free_port, mail_server, webhook_server

SECRET = "s3cret-canary"


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    with webhook_server() as server:
        yield server


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with mail_server() as box:
        yield box


def failure(channel: ChannelSpec, timeout: float = 5.0) -> str:
    """Return the code of the failure to send; its chain of errors leads to no error of a library."""
    with pytest.raises(SendFailure) as failed:
        send(channel, HELD, timeout)
    assert failed.value.__cause__ is None
    assert failed.value.__context__ is None
    return failed.value.code


def test_a_webhook_gets_one_document_with_all_fields_and_the_key_of_the_event(webhook: Webhook) -> None:
    assert send(webhook_channel(f"{webhook.url}/hook"), HELD, 5) == ""
    [request] = webhook.requests
    assert request["path"] == "/hook"
    assert request["body"] == json_document(HELD)
    assert request["headers"]["Idempotency-Key"] == HELD.key
    assert "Authorization" not in request["headers"]


def test_slack_gets_a_text_in_which_nothing_is_a_command_of_slack(webhook: Webhook) -> None:
    changed = replace(HELD, sentence="<!channel> a & b")
    send(webhook_channel(webhook.url, format="slack"), changed, 5)
    [body] = webhook.bodies()
    assert [*body] == ["text"]
    assert "<!channel>" not in body["text"]
    assert "&lt;!channel&gt; a &amp; b" in body["text"]
    assert "<https://reports.example.org/parcels|report &lt;live&gt;>" in body["text"]


@pytest.mark.parametrize("source", ["file", "env"])
def test_an_address_and_a_token_come_from_a_file_or_a_variable(
    webhook: Webhook, source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = {}
    for name, value in (("url", f"{webhook.url}/{SECRET}"), ("token", SECRET)):
        (tmp_path / name).write_text(f"{value}\n")
        monkeypatch.setenv(f"TEST_{name}", value)
        keys[f"{name}_{source}"] = str(tmp_path / name) if source == "file" else f"TEST_{name}"
    send(webhook_channel(**keys), HELD, 5)
    [request] = webhook.requests
    assert request["path"] == f"/{SECRET}"
    assert request["headers"]["Authorization"] == f"Bearer {SECRET}"


@pytest.mark.parametrize("status", [301, 307, 400, 404, 429, 500, 503])
def test_another_status_than_2xx_is_a_failure_and_a_redirect_is_not_followed(webhook: Webhook, status: int) -> None:
    webhook.statuses = [status]
    assert failure(webhook_channel(webhook.url)) == f"http-{status}"
    assert len(webhook.requests) == 1


def test_a_server_that_is_down_or_slow_is_a_failure(webhook: Webhook) -> None:
    assert failure(webhook_channel(f"http://127.0.0.1:{free_port()}")) == "unreachable"
    webhook.delay = threading.Event()
    assert failure(webhook_channel(webhook.url), timeout=0.1) == "timeout"


@pytest.mark.parametrize("value", ["", "  \n", None])
def test_a_secret_that_is_missing_here_may_be_there_elsewhere(
    value: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TEST_URL", raising=False)
    if value is not None:
        monkeypatch.setenv("TEST_URL", value)
        (tmp_path / "url").write_text(value)
    for channel in (webhook_channel(url_env="TEST_URL"), webhook_channel(url_file=str(tmp_path / "url"))):
        with pytest.raises(SendFailure) as failed:
            send(channel, HELD, 5)
        assert (failed.value.code, failed.value.elsewhere) == ("no-secret", True)


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("ftp://h/x", "bad-url"),
        ("file:///etc/passwd", "bad-url"),
        (f"https://assay:{SECRET}@hooks.example.org/", "bad-url"),
        ("https://h\r\nX-Other: 1/", "bad-secret"),
        ("http://hooks.example.org/", "no-encryption"),
    ],
)
def test_an_address_from_a_variable_is_checked(url: str, code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_URL", url)
    monkeypatch.setenv("TEST_TOKEN", SECRET)
    assert failure(webhook_channel(url_env="TEST_URL", token_env="TEST_TOKEN")) == code


def test_a_mail_has_the_sentence_the_dates_the_commands_and_the_links(mailbox: Mailbox) -> None:
    assert send(mail_channel(mailbox.port, to=["ops@example.org", "eva@example.org"]), HELD, 5) == ""
    [envelope] = mailbox.mails
    assert envelope.rcpt_tos == ["ops@example.org", "eva@example.org"]
    assert isinstance(envelope.content, bytes)
    mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
    assert mail["Subject"] == "[assay] parcels: held deliveries 2024-03-01 to 2024-03-02"
    assert mail["Message-ID"] == f"<{HELD.key}@example.org>"
    text = mail.get_content()
    for part in (HELD.sentence, HELD.run_id, HELD.commands[0], HELD.links[0].url, "2024-03-01 to 2024-03-02"):
        assert part in text


INJECTED = "parcels\r\nBcc: all@example.org"


@pytest.mark.parametrize("changed", [replace(HELD, subject=INJECTED), replace(HELD, pipeline=INJECTED)])
def test_no_text_of_a_notification_adds_a_header(changed: Notification, mailbox: Mailbox) -> None:
    smtp = mail_channel(mailbox.port).smtp
    assert smtp is not None
    try:
        mail = compose(smtp, changed)
    except ValueError:
        with pytest.raises(SendFailure):
            send(mail_channel(mailbox.port), changed, 5)
        assert mailbox.mails == []
    else:
        assert mail["Bcc"] is None
        assert "\n" not in mail["Subject"]


def test_a_refused_receiver_or_mail_is_a_failure_unless_others_got_it(mailbox: Mailbox) -> None:
    mailbox.refused = ("ops@example.org",)
    assert failure(mail_channel(mailbox.port)) == "smtp-550"
    assert send(mail_channel(mailbox.port, to=["ops@example.org", "eva@example.org"]), HELD, 5) == "smtp-550"
    assert len(mailbox.mails) == 1
    mailbox.refusal = "451 later"
    assert failure(mail_channel(mailbox.port, to=["eva@example.org"])) == "smtp-451"


def test_a_mail_that_was_taken_is_sent_whatever_the_server_answers_to_the_farewell(mailbox: Mailbox) -> None:
    mailbox.farewell = "421 too busy"
    assert send(mail_channel(mailbox.port), HELD, 5) == ""
    assert len(mailbox.mails) == 1
    mailbox.refusal = "451 later"
    assert failure(mail_channel(mailbox.port)) == "smtp-451"


def test_a_text_that_is_no_unicode_is_mailed_with_a_mark_in_its_place(mailbox: Mailbox) -> None:
    send(mail_channel(mailbox.port), replace(HELD, sentence="odd \udcff scores"), 5)
    [envelope] = mailbox.mails
    assert isinstance(envelope.content, bytes)
    assert b"odd ? scores" in envelope.content


def test_a_message_to_this_machine_goes_through_no_proxy(webhook: Webhook, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    with webhook_server() as proxy:
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.setenv("http_proxy", proxy.url)
        send(webhook_channel(webhook.url), HELD, 5)
        assert (len(webhook.requests), proxy.requests) == (1, [])


def test_a_login_takes_the_password_of_a_variable_and_a_wrong_one_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    with mail_server(SECRET) as box:
        channel = mail_channel(box.port, user="assay", password_env="TEST_PASSWORD")
        monkeypatch.setenv("TEST_PASSWORD", SECRET)
        send(channel, HELD, 5)
        assert (len(box.mails), box.passwords) == (1, [SECRET.encode()])
        monkeypatch.setenv("TEST_PASSWORD", "another")
        assert failure(channel) == "smtp-535"


def test_starttls_needs_a_certificate_that_this_machine_trusts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate = self_signed(tmp_path)
    with mail_server(certificate=certificate) as box:
        channel = mail_channel(box.port, tls="starttls")
        assert failure(channel) == "tls"
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
        send(channel, HELD, 5)
        assert len(box.mails) == 1
    with mail_server() as box:
        assert failure(mail_channel(box.port, tls="starttls")) == "not-supported"
        assert box.mails == []


def self_signed(folder: Path) -> tuple[Path, Path]:
    """Write a certificate of 127.0.0.1 and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    paths = folder / "certificate.pem", folder / "key.pem"
    paths[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    paths[1].write_bytes(key.private_bytes(*form))
    return paths
