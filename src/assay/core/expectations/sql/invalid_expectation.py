"""A mistake in one expectation of a suite: what is wrong, under which keyword, and what to do."""

from __future__ import annotations


class MistakeError(ValueError):
    """What is wrong with an expectation, in words that follow its type ("its min_value 9 is greater than ...").

    `keyword` names the argument that is wrong, empty for none; `hint` says what to do; `code` names it for machines.
    """

    def __init__(self, message: str, *, keyword: str = "", hint: str = "", code: str = "bad-suite") -> None:
        super().__init__(message)
        self.keyword = keyword
        self.hint = hint
        self.code = code
