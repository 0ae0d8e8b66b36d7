"""The rules of docs/style.md that a program can check, applied to the passages of a file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import PurePath

from devtools.lint.finding import LintFinding
from devtools.lint.prose.passages import Passage, PassageKind

MAX_SENTENCE_WORDS = 30
MAX_SUMMARY_WORDS = 25

BANNED_WORDS = {
    "somebody": "name the person or the process",
    "nobody": "name the person or the process",
    "whoever": "name the person or the process",
    "says": "a program returns, prints, reports or logs",
    "said": "a program returns, prints, reports or logs",
    "tells": "a program returns, prints, reports or logs",
    "told": "a program returns, prints, reports or logs",
    "asks": "a program requests, reads or calls; of a person write 'requests' or 'wants'",
    "asked": "a program requests, reads or calls; of a person write 'requested' or 'wanted'",
    "stands": "a value is, is stored or is held",
    "stood": "a value was, was stored or was held",
}
"""Each banned word, and what to write in its place."""

INDIRECT_OPENINGS = {"what", "whether", "nothing", "how", "who", "where", "when", "why"}
"""Words that no summary of a docstring begins with: it is an imperative or a noun phrase."""

_WORD = re.compile(r"[^\W_]+(?:['.-][^\W_]+)*")
_SENTENCE_END = re.compile(r"(?<=[.!?])[)\"']*\s+(?=[^a-z\s])")


def breaches_in(path: PurePath, passages: Iterable[Passage]) -> Iterator[LintFinding]:
    """Find the long sentences, the banned words and the indirect summaries in the passages of a file."""
    for passage in passages:
        if passage.kind is PassageKind.SUMMARY:
            yield from _summary_breaches(path, passage)
        for sentence in sentences(passage.text):
            words = _WORD.findall(sentence)
            if len(words) > MAX_SENTENCE_WORDS:
                advice = f"{len(words)} words, and at most {MAX_SENTENCE_WORDS} fit into a sentence: '{_start(words)}'"
                yield LintFinding(path, passage.line, "prose-sentence", advice)
            for word in words:
                if word.lower() in BANNED_WORDS:
                    advice = f"'{word}' in '{_start(words)}': {BANNED_WORDS[word.lower()]}"
                    yield LintFinding(path, passage.line, "prose-word", advice)


def sentences(text: str) -> list[str]:
    """Divide a passage into sentences: after a full stop, before what is no small letter.

    >>> sentences("The gate refuses, e.g. by one slice. It returns 3.")
    ['The gate refuses, e.g. by one slice.', 'It returns 3.']
    """
    return _SENTENCE_END.split(text)


def _summary_breaches(path: PurePath, passage: Passage) -> Iterator[LintFinding]:
    words = _WORD.findall(passage.text)
    if len(words) > MAX_SUMMARY_WORDS:
        advice = f"{len(words)} words, and at most {MAX_SUMMARY_WORDS} fit into the first line: '{_start(words)}'"
        yield LintFinding(path, passage.line, "prose-summary", advice)
    if words and words[0].lower() in INDIRECT_OPENINGS:
        advice = f"begin with an imperative or a noun phrase, not with '{words[0]}'"
        yield LintFinding(path, passage.line, "prose-summary", advice)


def _start(words: list[str]) -> str:
    return " ".join(words[:8]) + (" ..." if len(words) > 8 else "")
