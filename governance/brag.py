"""BRAG: derived from progress, closure and the deadline; never stored."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from governance.words import Closure, Progress

SOON_DAYS = 28


class Brag(StrEnum):
    """Always shown as letter, shape and words: colour is lost in print."""

    BLUE = "blue"
    GREEN_DONE = "green_done"
    RED = "red"
    AMBER = "amber"
    GREEN = "green"
    WHITE = "white"

    @property
    def colour(self) -> str:
        """The colour as exported: both Greens are "green"."""
        return "green" if self is Brag.GREEN_DONE else self.value

    @property
    def letter(self) -> str:
        return self.colour[0].upper()

    @property
    def shape(self) -> str:
        return {
            Brag.BLUE: "■",
            Brag.GREEN_DONE: "✔",
            Brag.RED: "▲",
            Brag.AMBER: "◆",
            Brag.GREEN: "●",
            Brag.WHITE: "○",
        }[self]


def brag(progress: Progress, closure: Closure | None, deadline: date | None, today: date) -> Brag:
    """The first that fits, in the order of DESIGN §1. `today` is the local date."""
    if closure is not None:
        return Brag.BLUE
    if progress is Progress.COMPLETE:
        return Brag.GREEN_DONE
    left = (deadline - today).days if deadline else None
    if progress is Progress.OFF_TRACK or (left is not None and left < 0):
        return Brag.RED
    if progress is Progress.AT_RISK:
        return Brag.AMBER
    if progress is Progress.NOT_STARTED:
        return Brag.AMBER if left is not None and left <= SOON_DAYS else Brag.WHITE
    return Brag.GREEN
