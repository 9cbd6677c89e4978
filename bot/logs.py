"""Structured logs: JSON lines for programs, readable lines on a terminal.

A process that stays (the page) logs to standard error. A command that ends by itself keeps
standard error for its one line of failure, so its log goes to a file, made at the first entry.
"""

from __future__ import annotations

import logging
import secrets
import sys
from pathlib import Path
from typing import Any

import structlog

DEFAULT_FILE = Path("duly.log")


def log_to_standard_error(level: int = logging.INFO) -> None:
    """For a process in the foreground: readable on a terminal, JSON elsewhere."""
    readable = sys.stderr.isatty()
    _configure(logging.StreamHandler(sys.stderr), level, readable=readable)


def log_to_file(path: Path | None = None, level: int = logging.WARNING) -> None:
    """For a command that ends by itself: JSON lines, appended; no file until there is one."""
    handler = logging.FileHandler(path or DEFAULT_FILE, encoding="utf-8", delay=True)
    _configure(handler, level, readable=False)


def log_incident(error: BaseException) -> str:
    """Log an unexpected error whole; gives the short id under which the log holds it."""
    if not structlog.is_configured():
        log_to_file()
    incident = new_incident()
    structlog.get_logger("duly").error("unexpected error", incident=incident, exc_info=error)
    return incident


def new_incident() -> str:
    """An id short enough to read out over the telephone."""
    return secrets.token_hex(4)


def _configure(handler: logging.Handler, level: int, *, readable: bool) -> None:
    """Send structlog's events and the libraries' own log records down one `handler`."""
    logging.raiseExceptions = False  # a full disk must not put a traceback over the answer
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    rendered: list[Any] = (
        [structlog.dev.ConsoleRenderer(colors=True)]
        if readable
        else [
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ]
    )
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *rendered],
        )
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    for old in root.handlers[:]:
        if getattr(old, "of_duly", False):
            root.removeHandler(old)
            old.close()
    handler.of_duly = True  # type: ignore[attr-defined]  # how a second call finds the first's
    root.addHandler(handler)
    root.setLevel(level)
