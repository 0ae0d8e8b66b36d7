"""The check of regular expressions for Java, which Spark uses, without a JVM.

Only patterns that Java certainly refuses are refused here. Where a JVM runs, Java itself compiles every pattern before
a job.
"""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass, field

from assay.core.expectations.sql.invalid_expectation import MistakeError

_LETTERS = frozenset("ABDEGHNPQRSVWXZabcdefhknprstuvwxz")
"""The letters that may follow a backslash in Java; every other ASCII letter is refused there."""

_FLAGS = frozenset("idmsuxU")
_REPEATED = re.compile(r"\{(\d+)(?:,(\d*))?\}")
_BRACED = re.compile(r"\\[pPxN]\{[^}]*\}?")
_GROUP = re.compile(r"<([^>]*)>")
_BROKEN_EVERYWHERE = ("missing ), ", "unbalanced parenthesis", "unterminated character set", "nothing to repeat")


def check_regex(pattern: object, keyword: str) -> str:
    """Return the pattern under `keyword`, after a check.

    Raises:
        MistakeError: Java certainly refuses the pattern; the error has the position, and the text for Java.
    """
    if not isinstance(pattern, str):
        raise MistakeError(f"its {keyword} must be a text", keyword=keyword)
    if not pattern:
        hint = "an empty pattern matches every text: leave the expectation out"
        raise MistakeError(f"its {keyword} is empty", keyword=keyword, hint=hint, code="bad-regex")
    problem = _python_says(pattern) or java_problem(pattern)
    if problem is not None:
        problem_text = f"{problem.message}, at character {problem.at + 1}"
        message = f"its {keyword} {pattern!r} is not a pattern that Java knows: {problem_text}"
        raise MistakeError(message, keyword=keyword, hint=problem.hint, code="bad-regex")
    return pattern


@dataclass(frozen=True, slots=True)
class RegexProblem:
    """A part of a pattern that Java refuses: its first character (from 0), the reason, and the hint."""

    at: int
    message: str
    hint: str = ""


def _python_says(pattern: str) -> RegexProblem | None:
    """Return a fault that every dialect refuses, in the words of Python's parser."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            re.compile(pattern)
        except re.error as error:
            if error.msg.startswith(_BROKEN_EVERYWHERE):
                return RegexProblem(error.pos or 0, error.msg)
        except (OverflowError, RecursionError):
            return None
    return None


def java_problem(pattern: str) -> RegexProblem | None:
    """Return the first part of `pattern` that Java certainly refuses, None where none is found without a JVM.

    >>> java_problem("(?P<code>[A-Z]{2})").hint
    "write '(?<code>'"
    >>> java_problem("^[A-Z]{2}$")
    """
    reader = _RegexReader(pattern)
    while reader.at < len(pattern) and reader.problem is None:
        reader.take()
    return reader.problem


@dataclass(slots=True)
class _RegexReader:
    """The position in a pattern, with the number of open character classes and the names of the groups so far."""

    pattern: str
    at: int = 0
    depth: int = 0
    names: set[str] = field(default_factory=set)
    problem: RegexProblem | None = None

    def take(self) -> None:
        letter = self.pattern[self.at]
        if letter == "\\":
            self._escape()
        elif letter == "[":
            self._open_class()
        elif self.depth:
            self.depth -= letter == "]"
            self.at += 1
        elif letter == "(" and self.pattern.startswith("(?", self.at):
            self._special_group()
        elif letter == "{":
            self._repeat()
        else:
            self.at += 1

    def _refuse(self, message: str, hint: str = "") -> None:
        self.problem = RegexProblem(self.at, message, hint)

    def _escape(self) -> None:
        letter = self.pattern[self.at + 1 : self.at + 2]
        if letter == "Q":
            end = self.pattern.find("\\E", self.at + 2)
            self.at = len(self.pattern) if end < 0 else end + 2
        elif letter.isascii() and letter.isalpha() and letter not in _LETTERS:
            self._refuse(f"there is no \\{letter}", f"write '{letter}' for the letter itself")
        else:
            braced = _BRACED.match(self.pattern, self.at)
            self.at = braced.end() if braced else self.at + (3 if letter == "c" else 2)

    def _open_class(self) -> None:
        self.depth += 1
        self.at += 1
        if self.pattern.startswith("^", self.at):
            self.at += 1
        if self.pattern.startswith("]", self.at):  # the first one is a character of the class
            self.at += 1

    def _special_group(self) -> None:
        rest = self.pattern[self.at + 2 :]
        if rest.startswith(("P<", "P=")):
            name = re.split(r"[>)]", rest[2:], maxsplit=1)[0]
            hint = f"write '(?<{name}>'" if rest[1] == "<" else f"write '\\k<{name}>'"
            self._refuse(f"'(?{rest[:2]}' is Python's own way to name a group", hint)
        elif rest.startswith("#"):
            self._refuse("'(?#' is no comment", "leave it out; 'meta.notes' of the expectation is the place for it")
        elif rest.startswith("("):
            self._refuse("'(?(' is no condition", "write the alternatives out, separated by '|'")
        elif rest.startswith("<") and not rest.startswith(("<=", "<!")):
            self._named(rest)
        elif rest[:1] in ("a", "L", "R", "|", "&"):
            self._refuse(f"there is no '(?{rest[:1]}'", f"the flags are {', '.join(sorted(_FLAGS))}")
        elif re.match(r"[a-zA-Z-]*x[a-zA-Z-]*[:)]", rest):
            self.at = len(self.pattern)  # with comments and blanks, only Java's own reader can tell
        else:
            self.at += 2

    def _named(self, rest: str) -> None:
        match = _GROUP.match(rest)
        if match is None or not re.fullmatch("[a-zA-Z][a-zA-Z0-9]*", match[1]):
            name = match[1] if match else rest[1:]
            self._refuse(f"a group cannot be called '{name}'", "a name has letters and digits alone")
        elif match[1] in self.names:
            self._refuse(f"two groups are called '{match[1]}'", "give each its own name")
        else:
            self.names.add(match[1])
            self.at += 2 + match.end()

    def _repeat(self) -> None:
        match = _REPEATED.match(self.pattern, self.at)
        if match is None:
            hint = "write '{0,n}' for up to n times, and '\\{' for the character"
            self._refuse("'{' does not start a number of times such as {2} or {2,5}", hint)
        elif match[2] and int(match[2]) < int(match[1]):
            self._refuse(f"'{match[0]}' is no number of times", "write the smaller number first")
        else:
            self.at = match.end()
