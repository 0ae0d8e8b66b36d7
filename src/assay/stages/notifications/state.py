"""The state of the channels of an environment: whether their secrets can be read, and what was given up."""

from __future__ import annotations

from assay.connections import lake_of
from assay.core.text import quantity
from assay.errors import InfrastructureError, InputError
from assay.notifications.failure import SendFailure
from assay.notifications.secret_values import read_secret
from assay.spec.project import Pipeline
from assay.spec.schema.notifications import ChannelSpec
from assay.store.notifications.outbox import Outbox


def channels_state(pipeline: Pipeline) -> str:
    """Return the channels by name, and how many messages wait; no message is sent.

    Raises:
        InputError: The secret of a channel cannot be read on this machine.
        InfrastructureError: A message to one of the channels was given up.
    """
    spec = pipeline.project.environment.notifications
    if spec is None:
        return "none: the environment has no channel"
    missing = [name for name, channel in spec.channels.items() if not _has_secrets(channel)]
    if missing:
        message = f"the secret of {', '.join(missing)} cannot be read on this machine"
        raise InputError(message, code="no-secret", hint="look at the file or the variable that the environment names")
    waiting = Outbox(lake_of(pipeline.project).place, pipeline.name).waiting()
    given_up = [one for one in waiting if one.given_up and one.channel in spec.channels]
    if given_up:
        causes = ", ".join(sorted({f"{one.channel}: {one.failure}" for one in given_up}))
        raise InfrastructureError(
            f"{quantity(len(given_up), 'notification')} of {pipeline.name} given up ({causes})",
            code="given-up",
            hint=f"'assay notify {pipeline.name} --test' tries each channel, '--again' sends what was given up",
        )
    return f"{', '.join(spec.channels)}: {quantity(len(waiting), 'message')} of {pipeline.name} waiting"


def _has_secrets(channel: ChannelSpec) -> bool:
    try:
        if channel.webhook is not None:
            read_secret(channel.webhook.url_file, channel.webhook.url_env)
            read_secret(channel.webhook.token_file, channel.webhook.token_env)
        if channel.smtp is not None:
            read_secret(channel.smtp.password_file, channel.smtp.password_env)
    except SendFailure:
        return False
    return True
