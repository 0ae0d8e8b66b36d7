"""`notifications` of an environment: the channels, the events that each takes, and where their secrets are."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, WithJsonSchema, model_validator

from assay.spec.schema.field_types import Name, SpecModel, Text, problem
from assay.spec.yaml.parser import Step

Event = Literal["held", "alarm", "proposal", "promotion", "rollback", "missing-landing", "missing-training"]
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
"""Hosts that are this machine: a password may go there without encryption."""

_ADDRESS = re.compile(r"[^\s<>,;:@\"()\\]+@[^\s<>,;:@\"()\\]+")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_HOST = re.compile(r"[A-Za-z0-9._-]+|[0-9A-Fa-f:]+")


def _address(text: str) -> str:
    if not _ADDRESS.fullmatch(text) or not text.isprintable():
        raise problem("is no mail address", "write it as name@example.org, without a display name", "bad-address")
    return text


def _variable(text: str) -> str:
    if not _VARIABLE.fullmatch(text):
        raise problem("is no name of an environment variable", "write the name alone, without '$'", "bad-name")
    return text


def _host(text: str) -> str:
    if not _HOST.fullmatch(text):
        raise problem(f"cannot be '{text}'", "write the name of the host alone, without a scheme or a port", "bad-host")
    return text


def web_address(text: str) -> str:
    """Return an address on http or https; the error of any other text does not repeat it."""
    try:
        parts = urlsplit(text)
        valid = (
            parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0 and "@" not in parts.netloc
        )
    except ValueError:
        valid = False
    if not valid or not text.isprintable() or " " in text:
        raise problem("is no web address", "an address begins with https:// or http://, and has no user", "bad-url")
    return text


def needs_encryption(url: str) -> bool:
    """Return whether a token that goes to a web address would leave this machine without encryption."""
    parts = urlsplit(url)
    return parts.scheme == "http" and parts.hostname not in LOOPBACK


Address = Annotated[str, AfterValidator(_address), WithJsonSchema({"type": "string", "format": "email"})]
Variable = Annotated[str, AfterValidator(_variable), WithJsonSchema({"type": "string", "pattern": _VARIABLE.pattern})]
Host = Annotated[str, AfterValidator(_host), WithJsonSchema({"type": "string"})]
WebAddress = Annotated[str, AfterValidator(web_address), WithJsonSchema({"type": "string", "format": "uri"})]


class WebhookSpec(SpecModel):
    """A web address that takes a POST of one JSON document for each event."""

    url: WebAddress | None = Field(None, description="The address, where it holds no secret")
    url_file: Text | None = Field(None, description="A file with the address, where the address is a secret")
    url_env: Variable | None = Field(None, description="The environment variable that holds the address")
    token_file: Text | None = Field(None, description="A file with a token, sent as 'Authorization: Bearer'")
    token_env: Variable | None = Field(None, description="The environment variable that holds the token")
    format: Literal["json", "slack"] = Field(
        "json", description="json: one document with all fields; slack: a text, as Slack and Mattermost take it"
    )

    @model_validator(mode="after")
    def _one_address(self) -> Self:
        if sum(value is not None for value in (self.url, self.url_file, self.url_env)) != 1:
            raise problem("needs one address", "write one of 'url', 'url_file' and 'url_env'", "no-address")
        if self.token_file is not None and self.token_env is not None:
            raise problem("has two tokens", "write 'token_file' or 'token_env'", "two-secrets")
        has_token = self.token_file is not None or self.token_env is not None
        if has_token and self.url is not None and needs_encryption(self.url):
            raise problem("would send a token without encryption", "write an address with https://", "no-encryption")
        return self


class SmtpSpec(SpecModel):
    """A mail server, and from whom to whom mails go."""

    host: Host = Field(description="The mail server")
    port: int = Field(587, ge=1, le=65_535, description="Its port")
    tls: Literal["starttls", "implicit", "none"] = Field(
        "starttls", description="The encryption: by STARTTLS, from the first byte on, or none"
    )
    user: Text | None = Field(None, description="The name to log in with; without one no login is tried")
    password_file: Text | None = Field(None, description="A file with the password")
    password_env: Variable | None = Field(None, description="The environment variable that holds the password")
    from_: Address = Field(alias="from", description="The address of the sender")
    to: list[Address] = Field(min_length=1, description="The addresses of the receivers")

    @model_validator(mode="after")
    def _login(self) -> Self:
        if self.password_file is not None and self.password_env is not None:
            raise problem("has two passwords", "write 'password_file' or 'password_env'", "two-secrets")
        has_password = self.password_file is not None or self.password_env is not None
        if has_password != (self.user is not None):
            hint = "write 'user' with one of 'password_file' and 'password_env', or none of them"
            raise problem("needs a user and a password, or none of both", hint, "no-login")
        if has_password and self.tls == "none" and self.host not in LOOPBACK:
            raise problem("would send a password without encryption", "write 'tls: starttls'", "no-encryption")
        return self


class ChannelSpec(SpecModel):
    """A webhook or a mail server, with the events and the pipelines that it takes."""

    webhook: WebhookSpec | None = Field(None, description="A web address that takes a POST for each event")
    smtp: SmtpSpec | None = Field(None, description="A mail server")
    events: list[Event] | None = Field(None, min_length=1, description="The events that it takes; by default all")
    pipelines: list[Name] | None = Field(None, min_length=1, description="The pipelines; by default all")

    @model_validator(mode="after")
    def _one_transport(self) -> Self:
        if (self.webhook is None) == (self.smtp is None):
            raise problem("needs one transport", "write 'webhook' or 'smtp'", "no-transport")
        return self

    def takes(self, event: str, pipeline: str) -> bool:
        """Return whether the channel takes an event of a pipeline; a trial of the channel is none of its events."""
        return (self.events is None or event in self.events) and (self.pipelines is None or pipeline in self.pipelines)


class NotificationsSpec(SpecModel):
    """The channels by name, and the links of each message."""

    channels: dict[Name, ChannelSpec] = Field(min_length=1, description="The channels, each by a name of its own")
    links: dict[Text, WebAddress] = Field(
        {}, description="Links of each message: a title and an address, in which {pipeline} and {run_id} are replaced"
    )

    def with_places(self, text: Callable[..., str]) -> NotificationsSpec:
        """Return the section with `text(value, *path)` for the path of each file of a secret."""
        channels = {
            name: _placed(channel, text, "notifications", "channels", name) for name, channel in self.channels.items()
        }
        return self.model_copy(update={"channels": channels})


def _placed(channel: ChannelSpec, text: Callable[..., str], *path: Step) -> ChannelSpec:
    def files(part: SpecModel, title: str, *keys: str) -> dict[str, str]:
        values = {key: getattr(part, key) for key in keys}
        return {key: text(value, *path, title, key) for key, value in values.items() if value is not None}

    if channel.webhook is not None:
        update = files(channel.webhook, "webhook", "url_file", "token_file")
        return channel.model_copy(update={"webhook": channel.webhook.model_copy(update=update)})
    assert channel.smtp is not None, "a channel has one transport"
    update = files(channel.smtp, "smtp", "password_file")
    return channel.model_copy(update={"smtp": channel.smtp.model_copy(update=update)})
