"""Structured logs: JSON lines for programs, readable lines on a terminal.

The floors log through the standard library, with fields in `extra`, which structlog renders. A
process that stays logs to standard error. A command that ends by itself keeps standard error for
its one line of failure, so its log goes to a file, made at the first entry; until then structlog
is not even imported, since an answer waits for every import.
"""

from __future__ import annotations

import json
import logging
import secrets
import sys
from collections.abc import MutableMapping
from io import TextIOWrapper
from pathlib import Path
from typing import Any

from db.private_file import opener
from governance.inert import inert, inert_json

DEFAULT_FILE = Path("duly.log")

log = logging.getLogger("duly")
_installed: list[logging.Handler] = []


def log_to_standard_error(level: int = logging.INFO) -> None:
    """For a process in the foreground: readable on a terminal, JSON elsewhere."""
    _install(logging.StreamHandler(sys.stderr), level, readable=sys.stderr.isatty())


def log_to_file(path: Path | None = None, level: int = logging.WARNING) -> None:
    """For a command that ends by itself: JSON lines, appended; no file until there is one."""
    handler = _PrivateFileHandler(path or DEFAULT_FILE, encoding="utf-8", delay=True)
    _install(handler, level, readable=False)


def log_incident(error: BaseException) -> str:
    """Log an unexpected error with its traceback; gives the id of the entry."""
    if not _installed:
        log_to_file()
    incident = secrets.token_hex(4)
    log.error("unexpected error", extra={"incident": incident}, exc_info=error)
    return incident


class _PrivateFileHandler(logging.FileHandler):
    """Handler whose file, where it makes one, only its owner may read."""

    def _open(self) -> TextIOWrapper:
        return open(self.baseFilename, "a", encoding=self.encoding, opener=opener)


class _StructlogFormatter(logging.Formatter):
    """Formatter by structlog, which is imported for the first entry."""

    def __init__(self, *, readable: bool) -> None:
        super().__init__()
        self._readable = readable
        self._formatter: logging.Formatter | None = None

    def format(self, record: logging.LogRecord) -> str:
        if self._formatter is None:
            self._formatter = _formatter(readable=self._readable)
        return self._formatter.format(record)


def _formatter(*, readable: bool) -> logging.Formatter:
    import structlog

    renderers: list[Any] = (
        [
            _make_inert,
            structlog.dev.ConsoleRenderer(
                colors=True, exception_formatter=structlog.dev.plain_traceback
            ),
        ]
        if readable
        else [structlog.processors.JSONRenderer(serializer=_dump)]
    )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.add_logger_name,
            structlog.stdlib.add_log_level,
            structlog.stdlib.ExtraAdder(),
            structlog.processors.TimeStamper(fmt="iso", utc=True),
        ],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            *renderers,
        ],
    )


def _make_inert(_: object, __: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A processor: the entry with nothing in it that would act on a terminal."""
    return {
        inert(name): inert(value) if isinstance(value, str) else value
        for name, value in entry.items()
    }


def _dump(entry: object, **options: Any) -> str:
    return inert_json(json.dumps(entry, ensure_ascii=False, **options))


def _install(handler: logging.Handler, level: int, *, readable: bool) -> None:
    """Send every entry, the libraries' own too, to this one handler."""
    logging.raiseExceptions = False  # a full disk must not put a traceback over the answer
    root = logging.getLogger()
    while _installed:
        old = _installed.pop()
        root.removeHandler(old)
        old.close()
    handler.setFormatter(_StructlogFormatter(readable=readable))
    _installed.append(handler)
    root.addHandler(handler)
    root.setLevel(level)
