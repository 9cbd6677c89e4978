"""Files that only their owner may read: a store, its log and its exports hold people's names."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

OWNER_ONLY = 0o600


def opener(path: str, flags: int) -> int:
    """The `opener` of `open` that gives a new file the mode 0600; one that is there keeps its own.

    The mode is the file's from its first moment, which that of a later chmod is not.
    """
    return os.open(path, flags, OWNER_ONLY)


def create_private(path: Path) -> None:
    """Create an empty file that only its owner may read, where there is none.

    One that is there is not even opened: closing it would let go of the locks that this process
    has on it (POSIX). What cannot be created is left to whoever opens it next, and says why.
    """
    with suppress(OSError):
        os.close(opener(os.path.realpath(path), os.O_CREAT | os.O_EXCL | os.O_WRONLY))


def open_to_others(path: Path) -> bool:
    """True for a file that people other than its owner and its group may read or change."""
    try:
        return os.name == "posix" and bool(path.stat().st_mode & 0o006)
    except OSError:
        return False
