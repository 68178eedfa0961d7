"""A row of the table: what was measured, against which aim."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, Literal


@dataclass(frozen=True, kw_only=True)
class Claim:
    """One claim. ``ratio`` is ours to theirs; where the aim is a time it is in seconds and ``unit`` says so."""

    row: str
    ratio: float
    bound: Literal["at least", "at most"] = "at least"
    aim: float | None
    """``None`` where the number is only reported."""
    unit: Literal["x", "s"] = "x"
    detail: str

    @property
    def met(self) -> bool | None:
        if self.aim is None:
            return None
        return self.ratio >= self.aim if self.bound == "at least" else self.ratio <= self.aim

    def aim_text(self) -> str:
        """The aim as people write it."""
        if self.aim is None:
            return "reported"
        return f"{'≥' if self.bound == 'at least' else '≤'} {self.aim:g}{_unit(self.unit)}"

    def figure(self) -> str:
        return f"{self.ratio:.2f}{_unit(self.unit)}"

    def as_json(self) -> dict[str, Any]:
        return {
            "row": self.row,
            "ratio": round(self.ratio, 3),
            "aim": self.aim_text(),
            "met": self.met,
            "detail": self.detail,
        }


def _unit(unit: str) -> str:
    return unit if unit == "x" else f" {unit}"


def middle(values: Sequence[float]) -> float:
    """The median."""
    return median(values)


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which this share of them lies (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
