"""A daemon's web port; a port that does not answer yet is no error."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote, urlencode
from urllib.request import ProxyHandler, Request, build_opener

from assay.errors import InfrastructureError

_SECONDS = 5.0
# A proxy of the environment is for the outside world; it would be used for 127.0.0.1 as well.
_DIRECT = build_opener(ProxyHandler({}))


@dataclass(frozen=True, slots=True)
class Web:
    """The web server at `address` (http://127.0.0.1:PORT); each request gets a cookie that is made for it."""

    address: str
    cookie: Callable[[], str] = lambda: ""

    def ask(self, path: str) -> dict[str, Any]:
        """Return the JSON object at a path, or an empty one where no such answer comes."""
        try:
            with self._open("GET", path) as answer:
                document = json.load(answer)
        except (OSError, HTTPException, ValueError):
            return {}
        return document if isinstance(document, dict) else {}

    def jmx(self, bean: str) -> dict[str, Any]:
        """Return the attributes of a JMX bean, named as in `NameNode:FSNamesystemState`; empty where there is none."""
        service, name = bean.split(":")
        beans = self.ask(f"/jmx?qry={quote(f'Hadoop:service={service},name={name}')}").get("beans") or [{}]
        return dict(beans[0])

    def put(self, path: str, **query: str) -> None:
        """Request a change of WebHDFS.

        Raises:
            InfrastructureError: It is refused (`refused`); the error has the answer.
        """
        try:
            with self._open("PUT", f"/webhdfs/v1{path}?{urlencode(query)}") as answer:
                answer.read()
        except HTTPError as error:
            answer_text = error.read().decode(errors="replace")
            raise InfrastructureError(f"{path} was refused: {answer_text}", code="refused") from error

    def _open(self, method: str, path: str) -> HTTPResponse:
        request = Request(self.address + path, method=method, headers={"Cookie": self.cookie()})
        answer: HTTPResponse = _DIRECT.open(request, timeout=_SECONDS)
        return answer
