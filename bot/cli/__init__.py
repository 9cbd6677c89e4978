"""The command line. `main` is the `duly` program; `run` is the same with a status to look at."""

from __future__ import annotations

from bot.cli.program import main, run

__all__ = ["main", "run"]
