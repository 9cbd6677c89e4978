"""Time that an import and an answer take from a cold start, beside a bare interpreter's start.

Seconds depend on the machine; the ratio to the floor, measured in the same run, hardly does.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parent.parent
DULY = [sys.executable, "-c", "from bot.cli import main; main()"]
RUNS = 5
LIMITS = {"import": 2.0, "say": 1.0}
"""Seconds, on a machine with two cores and nothing else to do."""


def records() -> list[str]:
    """The real records where DULY_RECORDS names their folder, else the samples."""
    folder = Path(os.environ.get("DULY_RECORDS") or ROOT / "samples" / "records")
    return [str(path.resolve()) for path in sorted(folder.glob("*.txt"))]


def took(command: list[str], folder: str) -> float:
    """Wall seconds of one run. Raises CalledProcessError when it fails."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    begun = time.perf_counter()
    subprocess.run(command, cwd=folder, env=environment, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - begun


def best(run: Callable[[], float]) -> float:
    return min(run() for _ in range(RUNS))


def fresh_import() -> float:
    with tempfile.TemporaryDirectory() as folder:
        return took([*DULY, "import", *records()], folder)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        floor = best(lambda: took([sys.executable, "-c", "pass"], folder))
        took([*DULY, "import", *records()], folder)
        measured = {
            "import": best(fresh_import),
            "say": best(lambda: took([*DULY, "say", "help"], folder)),
            "look-up": best(lambda: took([*DULY, "say", "/rec 24087"], folder)),
        }
    print(f"{'':12}{'seconds':>8}{'× floor':>9}   aim")
    print(f"{'interpreter':12}{floor:8.3f}{1:9.1f}")
    for name, seconds in measured.items():
        aim = LIMITS.get(name, LIMITS["say"])
        print(f"{name:12}{seconds:8.3f}{seconds / floor:9.1f}   under {aim:.0f} s")


if __name__ == "__main__":
    main()
