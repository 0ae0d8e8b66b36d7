"""The account of error of a pipeline: the probability of false promotions that a year may spend, over all tests.

The balance begins at a fifth of the year's error, grows by day with the other four fifths, and never exceeds one fifth.
So any 365 days in a row spend at most the year's error. By the union bound that is also the probability that any of
their tests is wrong, whatever depends on whatever (alpha spending; Lan and DeMets 1983).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

YEARLY = 0.05
"""The probability of at least one false promotion in a year."""

SHARE = 0.2
"""The part of it that the balance begins with, and its most."""

DAYS = 365


@dataclass(frozen=True, slots=True)
class ErrorAccount:
    """The balance after the last change, and its date."""

    balance: float
    day: date
    yearly: float = YEARLY

    @classmethod
    def opened(cls, day: date, yearly: float = YEARLY) -> ErrorAccount:
        """Return a new account on its first date."""
        return cls(SHARE * yearly, day, yearly)

    def on(self, day: date) -> ErrorAccount:
        """Return the account on a date; a date before the last change accrues nothing."""
        passed = max(0, (day - self.day).days)
        balance = min(SHARE * self.yearly, self.balance + passed * (1 - SHARE) * self.yearly / DAYS)
        return replace(self, balance=balance, day=max(day, self.day))

    def spend(self, pairs: int) -> tuple[ErrorAccount, float]:
        """Return the account after half of its balance was spent, and the level of each of the new `pairs`.

        Raises:
            ValueError: There is no pair.
        """
        if pairs < 1:
            raise ValueError("an account is spent on at least one pair")
        half = self.balance / 2
        return replace(self, balance=self.balance - half), half / pairs
