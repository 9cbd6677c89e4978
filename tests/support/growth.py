"""Measure of how a function's time grows with the length of its text."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from types import FrameType

ENOUGH = 0.004
"""Seconds of a measurement that the machine's noise does not decide."""
LONGEST = 100_000
"""Characters: the longest text that is tried."""
PATIENCE = 20.0
"""Seconds after which a function that has not come back is taken to hang."""
SQUARE_ROOT_OF_LINEAR_AND_SQUARE = 8.0
"""Four times the text takes a linear function four times as long, a quadratic one sixteen."""


class Hangs(AssertionError):
    pass


def assert_linear(function: Callable[[str], object], shape: Callable[[int], str]) -> None:
    """Fails where `function` takes more than linear time of `shape(n)`, n repetitions.

    Time at n and 4 n repetitions is compared, n doubled from 16 until it can be measured or the
    text has 100 kB. An exponential one does not come back: it is ended after 20 seconds.
    """
    with_limit = signal.signal(signal.SIGALRM, _hangs)
    signal.setitimer(signal.ITIMER_REAL, PATIENCE)
    try:
        n = 16
        while _seconds(function, shape(n)) < ENOUGH and len(shape(8 * n)) <= LONGEST:
            n *= 2
        for _ in range(3):
            once, four = _seconds(function, shape(n)), _seconds(function, shape(4 * n))
            if four <= max(once, ENOUGH) * SQUARE_ROOT_OF_LINEAR_AND_SQUARE:
                return
        raise AssertionError(
            f"{len(shape(n)):,} characters took {once:.4f} s and {len(shape(4 * n)):,} {four:.4f} s"
        )
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, with_limit)


def _seconds(function: Callable[[str], object], text: str) -> float:
    """The least processor time of three calls."""
    times = []
    for _ in range(3):
        start = time.process_time()
        function(text)
        times.append(time.process_time() - start)
    return min(times)


def _hangs(_signal: int, _frame: FrameType | None) -> None:
    raise Hangs(f"still running after {PATIENCE:.0f} s")
