"""Questions to a daemon's web port: what does not answer yet is no error."""

from __future__ import annotations

import json
from http import HTTPStatus
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import ProxyHandler, build_opener

_SECONDS = 5.0
# A proxy of the environment is for the outside world; it would be asked for 127.0.0.1 as well.
_DIRECT = build_opener(ProxyHandler({}))


def ask(url: str) -> dict[str, Any]:
    """The JSON object at `url`, or an empty one where nothing of the kind answers."""
    try:
        with _DIRECT.open(url, timeout=_SECONDS) as answer:
            found = json.load(answer)
    except (OSError, HTTPException, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def jmx(web: str, bean: str) -> dict[str, Any]:
    """The attributes of a JMX bean (`NameNode:FSNamesystemState`) at a web address; empty where there is none."""
    service, name = bean.split(":")
    beans = ask(f"{web}/jmx?qry={quote(f'Hadoop:service={service},name={name}')}").get("beans") or [{}]
    return dict(beans[0])


def answers(url: str) -> bool:
    """Whether `url` gives an answer, were it that one has to say who one is."""
    try:
        with _DIRECT.open(url, timeout=_SECONDS):
            return True
    except HTTPError as error:
        return error.code == HTTPStatus.UNAUTHORIZED
    except (OSError, HTTPException):
        return False
