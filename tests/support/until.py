"""Waiting for what another thread or process does."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")

WAIT_SECONDS = 60.0
"""Several processes may start at once on a busy machine."""


def until(
    condition: Callable[[], Result | None],
    what: str = "it never came to that",
    seconds: float = WAIT_SECONDS,
) -> Result:
    """The result of `condition` once it is true of anything; AssertionError(what) after a while."""
    end = time.monotonic() + seconds
    while not (result := condition()):
        assert time.monotonic() < end, what
        time.sleep(0.02)
    return result
