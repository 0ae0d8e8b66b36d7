"""The fields of a verdict by name, without what differs from run to run."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

Field = str | float | int | bool | None | tuple[float, ...]
"""A value of a verdict; of prose, the numbers in it."""

LEFT_OUT = frozenset({"check_id", "run_id"})

COSTS = "cost."
"""The beginning of the checks of what runs took, which differs from run to run."""

_CHANGING = re.compile(
    r"\b\d{8}T\d{6}-[\w-]+-[0-9a-f]{6}\b"  # a run
    r"|\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?(\.\d+)?(Z|[+-]\d\d:\d\d)?"  # an instant
    r"|\b(?=\d*[a-f])[0-9a-f]{12,64}\b"  # a digest
    r"|\b[a-z]+:/+\S+|(?<![\w.])/\S*\w"  # an address, a path
)
_NUMBER = re.compile(r"(?<![\w.])[-+]?\d+(?:,\d{3})*(?:\.\d+)?(?:e[-+]?\d+)?")


@dataclass(frozen=True, slots=True)
class Reading:
    """The way to read a verdict: the new names of what was renamed since, and whether sentences count."""

    names: Mapping[str, str]
    sentences: bool = True

    def renamed(self, name: str) -> str:
        """Return the new name, whole or of each part between dots.

        >>> Reading({"psi": "drift"}).renamed("monitor.psi")
        'monitor.drift'
        """
        return self.names.get(name) or ".".join(self.names.get(part, part) for part in name.split("."))


def fields_of(verdict: Mapping[str, object], reading: Reading) -> dict[str, Field]:
    """Return the fields of a verdict, its findings by check and column: their order does not matter."""
    whole = {name: value for name, value in verdict.items() if name != "findings"}
    fields = dict(_flat("", whole, reading))
    turns: Counter[str] = Counter()
    findings = verdict["findings"]
    assert isinstance(findings, list)
    for finding in findings:
        if finding["check"].startswith(COSTS):
            continue
        column = f"({finding['column']})" if finding["column"] else ""
        name = f"{reading.renamed(finding['check'])}{column}"
        turns[name] += 1
        rest = {key: value for key, value in finding.items() if key not in {"check", "column"}}
        fields[f"{name}#{turns[name]}"] = True  # which counts where nothing else does
        fields.update(_flat(f"{name}#{turns[name]}.", rest, reading))
    return fields


def _flat(prefix: str, value: object, reading: Reading) -> Iterator[tuple[str, Field]]:
    """Yield each value below this one with the path that leads there."""
    if isinstance(value, Mapping):
        for key, below in value.items():
            if key not in LEFT_OUT and (reading.sentences or key != "sentence"):
                yield from _flat(f"{prefix}{reading.renamed(key)}.", below, reading)
    elif isinstance(value, str):
        yield prefix.removesuffix("."), read_text(value, reading)
    elif isinstance(value, Sequence):
        for at, below in enumerate(value):
            yield from _flat(f"{prefix}{at}.", below, reading)
    else:
        assert value is None or isinstance(value, int | float)
        yield prefix.removesuffix("."), value


def read_text(text: str, reading: Reading) -> Field:
    """Return a name by its new name, and prose, which has a space in it, by its numbers.

    >>> read_text("promote", Reading({}))
    'promote'
    >>> read_text("at most 1,250 rows of 20261129T075345-clean-2bb046", Reading({}))
    (1250.0,)
    """
    kept = _CHANGING.sub("…", text)
    if " " not in text:
        return reading.renamed(kept)
    return tuple(float(number.replace(",", "")) for number in _NUMBER.findall(kept))
