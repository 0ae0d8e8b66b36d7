"""The baseline of the prose: how many breaches of a rule each file may still have. It may only shrink."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePath

from devtools.lint.checkout import Checkout, read_checkout
from devtools.lint.finding import LintFinding
from devtools.lint.prose.passages import passages_of_document, passages_of_module
from devtools.lint.prose.rules import breaches_in

BASELINE = PurePath("devtools/lint/prose/baseline.tsv")
DOCUMENTS = ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")
"""The documents outside of `docs` whose prose is checked."""


@dataclass(frozen=True, slots=True, order=True)
class BaselineKey:
    """A file and a rule that it still breaks."""

    path: str
    rule: str


Breaches = dict[BaselineKey, list[LintFinding]]


def check_prose(checkout: Checkout) -> Iterator[LintFinding]:
    """Find the breaches in each file that has more of them than its baseline, and baselines that are too high."""
    baseline, breaches = _read_baseline(checkout.root / BASELINE), _find_breaches(checkout)
    for key in sorted(baseline.keys() | breaches.keys()):
        findings, allowed = breaches.get(key, []), baseline.get(key, 0)
        if len(findings) > allowed:
            yield from findings
        elif len(findings) < allowed:
            sentence = (
                f"{key.path} has {len(findings)} of {allowed} {key.rule}: run python -m devtools.lint.prose.baseline"
            )
            yield LintFinding(BASELINE, 1, "prose-baseline", sentence)


def lower_baseline(checkout: Checkout) -> int:
    """Write the baseline without the breaches that were mended since, and return how many it still allows.

    A file that has more breaches than before keeps its number, so that the check goes on to refuse it.
    """
    path = checkout.root / BASELINE
    counts = {key: len(findings) for key, findings in _find_breaches(checkout).items()}
    if path.is_file():
        baseline = _read_baseline(path)
        counts = {key: min(number, baseline.get(key, 0)) for key, number in counts.items()}
    rows = [f"{key.path}\t{key.rule}\t{number}\n" for key, number in sorted(counts.items()) if number]
    path.write_text("".join(rows), encoding="utf-8")
    return sum(counts.values())


def _find_breaches(checkout: Checkout) -> Breaches:
    breaches: Breaches = {}
    for finding in _all_breaches(checkout):
        breaches.setdefault(BaselineKey(finding.path.as_posix(), finding.rule), []).append(finding)
    return breaches


def _all_breaches(checkout: Checkout) -> Iterator[LintFinding]:
    for module in checkout.modules:
        yield from breaches_in(module.path, passages_of_module(module))
    for text in checkout.texts:
        in_docs = text.path.parts[0] == "docs" and text.path.suffix == ".md"
        if in_docs or text.path.as_posix() in DOCUMENTS:
            yield from breaches_in(text.path, passages_of_document(text.lines))


def _read_baseline(path: Path) -> dict[BaselineKey, int]:
    if not path.is_file():
        return {}
    rows = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()]
    return {BaselineKey(name, rule): int(number) for name, rule, number in rows}


if __name__ == "__main__":
    sys.stdout.write(f"{lower_baseline(read_checkout(Path(__file__).parents[3]))} breaches are left\n")
