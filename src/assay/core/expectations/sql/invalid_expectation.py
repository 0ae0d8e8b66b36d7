"""The error for one expectation of a suite, with the mistake, its keyword and a hint."""

from __future__ import annotations


class MistakeError(ValueError):
    """A mistake; the message follows the type of the expectation, as in "its min_value 9 is greater than ...".

    The wrong argument is `keyword`, empty for none. The `hint` describes what to do. The name for programs is `code`.
    """

    def __init__(self, message: str, *, keyword: str = "", hint: str = "", code: str = "bad-suite") -> None:
        super().__init__(message)
        self.keyword = keyword
        self.hint = hint
        self.code = code
