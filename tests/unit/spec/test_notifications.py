"""`notifications` of an environment: where each mistake is, and that no secret is in the file or in an error."""

from __future__ import annotations

from pathlib import Path

import pytest

from assay.errors import InputError
from assay.spec.schema.environment import Environment, load_environment

from ...expect_errors import rendered_places

BASE = "lake: lake\nlanding: .\nspark: {master: 'local[*]'}\nmlflow: {tracking: 'sqlite:///x.db'}\n"
SECRET = "s3cret-canary"
MAIL = "host: mail.example.org, from: a@example.org, to: [b@example.org]"


def loaded(root: Path, section: str) -> Environment:
    """Load an environment with these lines below `notifications`."""
    file = root / "conf" / "environments" / "local.yaml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"{BASE}notifications:\n{section}")
    return load_environment(root, root / "home", "local")


def test_an_environment_has_its_channels_with_the_paths_of_their_secrets(tmp_path: Path) -> None:
    environment = loaded(
        tmp_path,
        "  channels:\n"
        "    chat: {webhook: {url_file: '${ASSAY_HOME}/url', token_file: token}, events: [held],\n"
        "           pipelines: [parcels]}\n"
        f"    mails: {{smtp: {{{MAIL}, user: assay, password_env: SMTP_PASSWORD}}}}\n",
    )
    assert environment.notifications is not None
    chat, mails = environment.notifications.channels.values()
    assert chat.webhook is not None
    assert (chat.webhook.url_file, chat.webhook.token_file) == (f"{tmp_path}/home/url", f"{tmp_path}/token")
    assert mails.smtp is not None
    assert (mails.smtp.port, mails.smtp.tls) == (587, "starttls")
    assert [chat.takes(event, "parcels") for event in ("held", "alarm")] == [True, False]
    assert [mails.takes("alarm", "parcels"), chat.takes("held", "flights")] == [True, False]


@pytest.mark.parametrize(
    ("channel", "code", "underlined"),
    [
        ("{}", "no-transport", "{}"),
        (f"{{webhook: {{url: 'http://h'}}, smtp: {{{MAIL}}}}}", "no-transport", None),
        ("{webhook: {}}", "no-address", "{}"),
        ("{webhook: {url: 'http://h', url_env: U}}", "no-address", "{url: 'http://h', url_env: U}"),
        ("{webhook: {url_env: U, token_env: T, token_file: t}}", "two-secrets", None),
        ("{webhook: {url: 'ftp://h'}}", "bad-url", "'ftp://h'"),
        ("{webhook: {url: 'https://assay@h'}}", "bad-url", "'https://assay@h'"),
        ("{webhook: {url: 'http://h', token_env: T}}", "no-encryption", "{url: 'http://h', token_env: T}"),
        ("{webhook: {url_env: $U}}", "bad-name", "$U"),
        (f"{{smtp: {{{MAIL}, user: u}}}}", "no-login", None),
        (f"{{smtp: {{{MAIL}, password_env: P}}}}", "no-login", None),
        (f"{{smtp: {{{MAIL}, user: u, password_env: P, tls: none}}}}", "no-encryption", None),
        (f"{{smtp: {{{MAIL}}}, events: [helt]}}", "unknown-value", "helt"),
        ("{smtp: {host: 'h:25', from: a@b, to: [c@d]}}", "bad-host", "'h:25'"),
        ('{smtp: {host: h, from: a@b, to: ["c@d\\nBcc: e@f"]}}', "bad-address", '"c@d\\nBcc: e@f"'),
        ('{smtp: {host: h, from: "a@b\\r\\nX: y", to: [c@d]}}', "bad-address", '"a@b\\r\\nX: y"'),
    ],
)
def test_a_mistake_is_shown_at_its_place(tmp_path: Path, channel: str, code: str, underlined: str | None) -> None:
    with pytest.raises(InputError) as refused:
        loaded(tmp_path, f"  channels:\n    hook: {channel}\n")
    [(shown_code, place, text)] = rendered_places(refused.value.render())
    assert shown_code == code
    assert place.startswith("conf/environments/local.yaml:7:")
    assert underlined in (None, text)


def test_a_channel_of_a_pipeline_that_is_not_there_is_refused_with_the_one_that_was_meant(tmp_path: Path) -> None:
    pipelines = tmp_path / "conf" / "pipelines"
    pipelines.mkdir(parents=True)
    (pipelines / "parcels.yaml").write_text("")
    with pytest.raises(InputError) as refused:
        loaded(tmp_path, "  channels:\n    hook: {webhook: {url_env: U}, pipelines: [parcel]}\n")
    assert refused.value.code == "unknown-pipeline"
    assert "'parcels'" in refused.value.hint


def test_a_token_goes_without_encryption_to_this_machine_alone(tmp_path: Path) -> None:
    environment = loaded(tmp_path, "  channels:\n    hook: {webhook: {url: 'http://[::1]:8080/x', token_env: T}}\n")
    assert environment.notifications is not None


@pytest.mark.parametrize(
    "channel",
    [
        f"{{webhook: {{url: 'https://hooks.slack.com/services/{SECRET}'}}}}",
        f"{{webhook: {{url: 'https://h.logic.azure.com:443/workflows/a/paths/invoke?sp=x&sig={SECRET}'}}}}",
        f"{{webhook: {{url: 'https://assay:{SECRET}@h/'}}}}",
        f"{{webhook: {{url: 'https://h/?token={SECRET}'}}}}",
        f"{{webhook: {{url_env: U, token: {SECRET}}}}}",
        f"{{smtp: {{{MAIL}, user: u, password: {SECRET}}}}}",
    ],
)
def test_a_secret_in_the_file_is_refused_and_not_repeated(tmp_path: Path, channel: str) -> None:
    with pytest.raises(InputError) as refused:
        loaded(tmp_path, f"  channels:\n    hook: {channel}\n")
    assert refused.value.code == "secret"
    assert SECRET not in refused.value.render() + str(refused.value.to_json())
