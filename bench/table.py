"""The table of results: what, ours, peer, limit, ratio, target, met or missed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from bench.measure import RunCost, Spread, Unit, ratio

HEADER = ("bench", "what", "ours", "peer", "limit", "wall", "CPU", "target", "")
Role = Literal["peer", "limit"]


@dataclass(frozen=True, slots=True)
class Target:
    """A bound on Assay's costs / the reference's; with `faster`, the inverse must be at least that much."""

    bound: float
    faster: bool = False

    def __str__(self) -> str:
        return f"{'>=' if self.faster else '<='} {self.bound:g}x"

    def met(self, measured_ratio: float) -> bool:
        """Return whether a ratio keeps the target."""
        return measured_ratio >= self.bound if self.faster else measured_ratio <= self.bound


@dataclass(frozen=True, slots=True)
class BenchComparison:
    """Ours against a peer or a limit, measured in the same rounds; without a target it is for information."""

    bench: str
    what: str
    assay_costs: Sequence[RunCost]
    role: Role
    against: str
    reference_costs: Sequence[RunCost]
    target: Target | None = None

    def ratio(self, unit: Unit) -> Spread:
        """Return Assay's costs / the reference's, or the inverse where the target is to be faster."""
        if self.target is not None and self.target.faster:
            return ratio(self.reference_costs, self.assay_costs, unit)
        return ratio(self.assay_costs, self.reference_costs, unit)

    @property
    def met(self) -> bool | None:
        """True where the medians of wall time and of CPU time both keep the target."""
        if self.target is None:
            return None
        return self.target.met(self.ratio("wall").middle) and self.target.met(self.ratio("cpu").middle)

    def cells(self) -> list[str]:
        """The row as text."""
        reference = f"{self.against} {_cost(self.reference_costs)}"
        peer, limit = (reference, "") if self.role == "peer" else ("", reference)
        ratios = [_spread(self.ratio(unit)) for unit in ("wall", "cpu")]
        return [
            self.bench,
            self.what,
            _cost(self.assay_costs),
            peer,
            limit,
            *ratios,
            str(self.target or "-"),
            _word(self.met),
        ]

    def to_json(self) -> dict[str, Any]:
        """The row with every single measurement."""
        ratios = {unit: asdict(self.ratio(unit)) for unit in ("wall", "cpu")}
        return {**_json_of(self, assay_costs="ours", reference_costs="theirs"), "ratio": ratios, "met": self.met}


@dataclass(frozen=True, slots=True)
class Count:
    """A number that was counted, not timed: at most, or exactly, the target."""

    bench: str
    what: str
    counted: int
    target: int
    exact: bool = False

    @property
    def met(self) -> bool | None:
        """True where the count keeps the target."""
        return self.counted == self.target if self.exact else self.counted <= self.target

    def cells(self) -> list[str]:
        """The row as text."""
        bound = f"{'=' if self.exact else '<='} {self.target}"
        return [self.bench, self.what, str(self.counted), "", "", "", "", bound, _word(self.met)]

    def to_json(self) -> dict[str, Any]:
        """The row as plain JSON types."""
        return {**_json_of(self, counted="found"), "met": self.met}


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a whole, or another plain number, found once in each round; its median is to lie within bounds."""

    bench: str
    what: str
    measurements: Sequence[float]
    most: float | None = None
    least: float | None = None
    note: str = ""

    @property
    def met(self) -> bool | None:
        """True where the median keeps both bounds; None without any."""
        if self.most is None and self.least is None:
            return None
        middle = Spread.of(self.measurements).middle
        return (self.most is None or middle <= self.most) and (self.least is None or middle >= self.least)

    def cells(self) -> list[str]:
        """The row as text."""
        both = None not in (self.least, self.most)
        bound = f"{self.least:g}..{self.most:g}" if both else "-" if self.met is None else self._one_bound()
        numbers = [_number(number) for number in asdict(Spread.of(self.measurements)).values()]
        spread = f"{numbers[0]} ({numbers[1]}..{numbers[2]})" if len(self.measurements) > 1 else f"{numbers[0]} (once)"
        return [self.bench, self.what, spread, "", self.note, "", "", bound, _word(self.met)]

    def _one_bound(self) -> str:
        return f"<= {self.most:g}" if self.least is None else f">= {self.least:g}"

    def to_json(self) -> dict[str, Any]:
        """The row as plain JSON types."""
        return {**_json_of(self, measurements="found"), "target": [self.least, self.most], "met": self.met}


@dataclass(frozen=True, slots=True)
class TableNote:
    """A result that is neither a cost nor a number of its own."""

    bench: str
    what: str
    text: str

    def cells(self) -> list[str]:
        """The row as text."""
        return [self.bench, self.what, self.text, "", "", "", "", "-", ""]

    def to_json(self) -> dict[str, Any]:
        """The row as plain JSON types."""
        return {**_json_of(self, text="found"), "target": None, "met": None}


Row = BenchComparison | Count | Share | TableNote


def table(rows: Sequence[Row]) -> str:
    """Return the rows as a Markdown table, aligned for reading as plain text."""
    lines = [list(HEADER), *[row.cells() for row in rows]]
    widths = [max(len(line[n]) for line in lines) for n in range(len(HEADER))]
    lines.insert(1, ["-" * width for width in widths])
    return "\n".join(
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |" for line in lines
    )


def _json_of(row: Row, **keys: str) -> dict[str, Any]:
    """The fields of a row, those in `keys` under the key that the file of `--json` has for them."""
    return {keys.get(name, name): content for name, content in asdict(row).items()}


def _cost(costs: Sequence[RunCost]) -> str:
    wall, cpu = Spread.of([c.wall for c in costs]), Spread.of([c.cpu for c in costs])
    return f"{wall.middle:.1f} s, {cpu.middle:.1f} CPU" + ("" if len(costs) > 1 else " (once)")


def _spread(spread: Spread) -> str:
    return f"{spread.middle:.2f} ({spread.low:.2f}..{spread.high:.2f})"


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3f}"


def _word(met: bool | None) -> str:
    return "" if met is None else "met" if met else "missed"
