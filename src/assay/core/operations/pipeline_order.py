"""The order in which the pipelines of a project run: after the owner of a shared table, and after what they read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from assay.errors import InputError


@dataclass(frozen=True, slots=True)
class PipelineLink:
    """A reason why one pipeline runs after another.

    `why` is a clause such as "shares the table parcels with it".
    """

    after: str
    why: str


def run_order(links: Mapping[str, Sequence[PipelineLink]]) -> list[str]:
    """Return the pipelines, each after those that it is linked to; those without an order between them by name.

    Links to a pipeline that is not a key, and to itself, do not count.

    Raises:
        InputError: Some pipelines come after each other in a circle. The message has their names and the links.

    >>> run_order({"a": [PipelineLink("c", "")], "b": [], "c": []})
    ['b', 'c', 'a']
    """
    waiting = {
        name: {link.after for link in links[name] if link.after in links and link.after != name}
        for name in sorted(links)
    }
    order: list[str] = []
    while waiting:
        ready = next((name for name, after in waiting.items() if not after), None)
        if ready is None:
            raise _circle(waiting, links)
        order.append(ready)
        del waiting[ready]
        for after in waiting.values():
            after.discard(ready)
    return order


def _circle(waiting: Mapping[str, set[str]], links: Mapping[str, Sequence[PipelineLink]]) -> InputError:
    """Return the error for pipelines that all wait: following any link from one of them ends in a circle."""
    path = [next(iter(waiting))]
    while (after := min(waiting[path[-1]])) not in path:
        path.append(after)
    circle = path[path.index(after) :]
    steps = [
        f"{name} runs after {other}, since it {_why(links[name], other)}"
        for name, other in zip(circle, [*circle[1:], circle[0]], strict=True)
    ]
    return InputError(
        f"these pipelines wait for each other: {'; '.join(steps)}",
        code="pipeline-circle",
        hint="give shared tables to one of them: assay own TABLE --pipeline NAME --reason ...; or run them by name",
    )


def _why(links: Sequence[PipelineLink], other: str) -> str:
    return next(link.why for link in links if link.after == other)
