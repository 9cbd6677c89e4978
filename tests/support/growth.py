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
MOST_TIMES = 2.9
"""Twice the text takes a linear function twice as long, a quadratic one four times. It has to be
more at both doublings: at one of them a text may outgrow the processor's cache."""


class Hangs(AssertionError):
    pass


def assert_linear(function: Callable[[str], object], shape: Callable[[int], str]) -> None:
    """Fails where `function` takes more than linear time of `shape(n)`, n repetitions.

    Times at n, 2 n and 4 n repetitions are compared, n doubled from 16 until it can be measured or
    the text has 100 kB. An exponential one does not come back: it is ended after 20 seconds.
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
            times = [max(_seconds(function, shape(k * n)), ENOUGH) for k in (1, 2, 4)]
            if min(times[1] / times[0], times[2] / times[1]) <= MOST_TIMES:
                return
        lengths = [len(shape(k * n)) for k in (1, 2, 4)]
        raise AssertionError(
            "; ".join(
                f"{length:,} characters took {seconds:.4f} s"
                for length, seconds in zip(lengths, times, strict=True)
            )
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
