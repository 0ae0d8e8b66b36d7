"""The text of a notification: a subject of one line, a plain body, and documents for webhooks."""

from __future__ import annotations

from typing import Any

from assay.core.notifications.notification import Notification

FORMAT = "assay-notification/1"
"""The kind and the version of the JSON document that a webhook gets."""

MAX_SUBJECT = 150
"""Characters of a subject: mail programs cut longer ones."""


def subject_line(notification: Notification) -> str:
    """Return the subject: pipeline, kind, table and dates. It has no line break and no other control character."""
    one = notification
    what = "" if one.subject == one.pipeline else f" {one.subject}"
    dates = f"{one.first}" if one.first == one.last else f"{one.first} to {one.last}"
    kind = one.kind.replace("-", " ")
    return one_line(f"[assay] {one.pipeline}: {kind}{what} {dates}")[:MAX_SUBJECT]


def one_line(text: str) -> str:
    r"""Return the text with each run of blanks and control characters as one blank.

    >>> one_line("held\r\nBcc: all@example.org")
    'held Bcc: all@example.org'
    """
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def plain_text(notification: Notification) -> str:
    """Return the body of a mail: the sentence, the dates, the run, what to type and the links."""
    one = notification
    lines = [one.sentence, "", f"pipeline  {one.pipeline}", f"event     {one.kind}"]
    if one.subject != one.pipeline:
        lines.append(f"subject   {one.subject}")
    lines.append(f"dates     {one.first}" + ("" if one.first == one.last else f" to {one.last}"))
    if one.run_id:
        lines.append(f"run       {one.run_id}")
    lines.append(f"at        {one.at}")
    if one.commands:
        lines += ["", "Commands:", *(f"  {command}" for command in one.commands)]
    if one.links:
        lines += ["", "Links:", *(f"  {link.title}: {link.url}" for link in one.links)]
    return "\n".join(lines) + "\n"


def json_document(notification: Notification) -> dict[str, Any]:
    """Return the document that a webhook of the format `json` gets, as plain JSON types."""
    one = notification
    return {
        "format": FORMAT,
        "key": one.key,
        "pipeline": one.pipeline,
        "event": str(one.kind),
        "subject": one.subject,
        "sentence": one.sentence,
        "from": str(one.first),
        "to": str(one.last),
        "run_id": one.run_id,
        "at": one.at,
        "commands": list(one.commands),
        "links": [{"title": link.title, "url": link.url} for link in one.links],
    }


def slack_document(notification: Notification) -> dict[str, Any]:
    """Return the document that a webhook of the format `slack` gets: one text, with its special characters escaped."""
    one = notification
    parts = [f"*{_escaped(subject_line(one))}*", _escaped(one.sentence)]
    if one.commands:
        parts.append("```" + _escaped("\n".join(one.commands)) + "```")
    parts += [f"<{link.url}|{_escaped(link.title)}>" for link in one.links]
    return {"text": "\n".join(parts)}


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
