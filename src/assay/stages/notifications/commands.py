"""The commands that a person types after an event, and the links of its message."""

from __future__ import annotations

from datetime import date
from urllib.parse import quote

from assay.core.notifications.notification import Link, NotificationKind
from assay.core.verdict import Action
from assay.models.mlflow.client import shown
from assay.stages.promotion.proposal import answers
from assay.stages.runtime.context import Context
from assay.stages.runtime.typed_commands import REASON, SCORES, release_command, typed
from assay.store.ledger.run_record import RunRecord

OF_VERSIONS = frozenset({NotificationKind.PROPOSAL, NotificationKind.PROMOTION, NotificationKind.ROLLBACK})


def with_environment(ctx: Context, *commands: str) -> tuple[str, ...]:
    """Return the command lines with the environment where it is not the default one."""
    return tuple(typed(ctx, command) for command in commands)


def commands_for_held(ctx: Context, record: RunRecord, day: date) -> tuple[str, ...]:
    """Return the commands that show why a day is held, and that release it."""
    table = SCORES if record.stage == "score" else record.subject
    return typed(ctx, f"assay explain {record.run_id}"), release_command(ctx, table, day)


def commands_for_alarm(ctx: Context, record: RunRecord, last: date) -> tuple[str, ...]:
    """Return the commands that show an alarm, and that carry out what the monitor requests."""
    name = ctx.pipeline.name
    follow = {
        Action.RETRAIN: (f"assay train {name} --date {last}", f"assay gate {name} --date {last}"),
        Action.DOWNGRADE: (f"assay rollback {name} {REASON}",),
    }
    action = record.status if isinstance(record.status, Action) else Action.LOOK
    return with_environment(ctx, f"assay explain {record.run_id}", *follow.get(action, ()))


def commands_for_proposal(ctx: Context, record: RunRecord) -> tuple[str, ...]:
    """Return the commands that show a proposal, and that answer it."""
    return with_environment(ctx, f"assay explain {record.run_id}", *answers(ctx, record))


def commands_for_promotion(ctx: Context, kind: NotificationKind, before: int | None) -> tuple[str, ...]:
    """Return the commands that show the champions, and that undo a promotion or repair the scores of a rollback."""
    name = ctx.pipeline.name
    undo = () if before is None else (f"assay rollback {name} {REASON}",)
    repair = () if before is None else (f"assay score {name} --replace {before}",)
    return with_environment(ctx, f"assay models {name}", *(repair if kind is NotificationKind.ROLLBACK else undo))


def links_of(ctx: Context, kind: NotificationKind, run_id: str) -> tuple[Link, ...]:
    """Return the links of the environment, and the page of the versions in MLflow for what is about versions."""
    environment, name = ctx.pipeline.project.environment, ctx.pipeline.name
    spec = environment.notifications
    words = {"{pipeline}": quote(name, safe=""), "{run_id}": quote(run_id, safe="")}
    links = []
    for title, url in (spec.links if spec else {}).items():
        if run_id or "{run_id}" not in url:
            for word, value in words.items():
                url = url.replace(word, value)
            links.append(Link(title, url))
    if kind in OF_VERSIONS and environment.mlflow_tracking.startswith(("http://", "https://")):
        address = shown(environment.mlflow_tracking).replace("***@", "").rstrip("/")
        links.append(Link("MLflow", f"{address}/#/models/{quote(name, safe='')}"))
    return tuple(links)
