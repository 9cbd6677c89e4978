"""Measure of how a function's time grows with the length of its text."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from types import FrameType

ENOUGH = 0.004
"""Seconds of a measurement that the machine's noise does not decide."""
SHORTEST = 4_000
"""Characters of the shorter of two texts: what a parser looks at around a phrase is bounded, and
costs more than in proportion below that."""
LONGEST = 100_000
"""Characters: the longest text that is tried."""
TIME_LIMIT = 20.0
"""Seconds after which a function that has not come back is taken to hang."""
MOST_TIMES = 8.0
"""Four times the text takes a linear function four times as long, a quadratic one sixteen."""


class Hangs(AssertionError):
    pass


def assert_linear(function: Callable[[str], object], shape: Callable[[int], str]) -> None:
    """Fails where `function` takes more than linear time of `shape(n)`, n repetitions.

    Time at n and 4 n repetitions is compared, n doubled from 16 until it can be measured or the
    text has 100 kB. An exponential one does not come back: it is ended after 20 seconds.
    """
    with_limit = signal.signal(signal.SIGVTALRM, _hangs)
    signal.setitimer(signal.ITIMER_VIRTUAL, TIME_LIMIT)
    try:
        n = 16
        while len(shape(8 * n)) <= LONGEST and (
            _seconds(function, shape(n)) < ENOUGH or len(shape(n)) < SHORTEST
        ):
            n *= 2
        for _ in range(3):
            once, four = _seconds(function, shape(n)), _seconds(function, shape(4 * n))
            if four <= max(once, ENOUGH) * MOST_TIMES:
                return
        raise AssertionError(
            f"{len(shape(n)):,} characters took {once:.4f} s and {len(shape(4 * n)):,} {four:.4f} s"
        )
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, with_limit)


def _seconds(function: Callable[[str], object], text: str) -> float:
    """The least processor time of three calls."""
    times = []
    for _ in range(3):
        start = time.process_time()
        function(text)
        times.append(time.process_time() - start)
    return min(times)


def _hangs(_signal: int, _frame: FrameType | None) -> None:
    raise Hangs(f"still running after {TIME_LIMIT:.0f} s")
