"""A mistake in one expectation of a suite: what is wrong, under which keyword, and what to do."""

from __future__ import annotations


class MistakeError(ValueError):
    """A mistake, in words that follow the type of the expectation, such as "its min_value 9 is greater than ...".

    `keyword` is the argument that is wrong, empty for none; `hint` is what to do; `code` is its name for programs.
    """

    def __init__(self, message: str, *, keyword: str = "", hint: str = "", code: str = "bad-suite") -> None:
        super().__init__(message)
        self.keyword = keyword
        self.hint = hint
        self.code = code
