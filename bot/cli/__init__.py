"""The command line. `main` is the `duly` program; `invoke` runs one command in this process."""

from __future__ import annotations

from bot.cli.program import invoke, main

__all__ = ["invoke", "main"]
