"""Ports for servers that have to be told theirs before they are started."""

from __future__ import annotations

import random
import socket
from contextlib import suppress

NOT_HANDED_OUT = range(20_000, 32_000)
"""Below those that a system gives to whoever asks for any: between the look and the start of a
server no other test's connection is given it."""


def free_port() -> int:
    """One on 127.0.0.1 that nothing listens on."""
    for port in random.SystemRandom().sample(NOT_HANDED_OUT, 100):
        with suppress(OSError), socket.socket() as taken:
            taken.bind(("127.0.0.1", port))
            return port
    raise RuntimeError("a hundred ports were all taken")
