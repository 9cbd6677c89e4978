"""The program: its commands, and what becomes of an error."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from types import TracebackType

import typer
from typer.main import get_command

from bot.cli import (
    demo,
    keeping,
    ledger,
    records,
    reminding,
    running,
    safeguarding,
    say,
    slack,
    teams,
)
from governance.errors import DulyError

USAGE_STATUS = 2

app = typer.Typer(
    name="duly",
    help="Keeps police inspection recommendations from being forgotten.",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for family in (
    demo,
    running,
    say,
    records,
    reminding,
    ledger,
    keeping,
    safeguarding,
    slack,
    teams,
):
    family.register(app)


def main() -> None:
    """The `duly` program. Exit status: 0 done, 1 refused or failed, 2 bad usage."""
    # A command ends long before rubbish counts; collecting while importing costs a fifth of it.
    gc.disable()
    sys.excepthook = _tell_incident
    status = run(sys.argv[1:])
    gc.freeze()
    sys.exit(status)


def run(arguments: Sequence[str]) -> int:
    """Run one command; gives the exit status. A failure is one line on standard error."""
    try:
        # Not `app(…)`: that puts Typer's own excepthook, which prints a traceback, over ours.
        status = get_command(app).main(list(arguments), prog_name="duly", standalone_mode=False)
        sys.stdout.flush()
    except typer.TyperException as error:
        return _fail(f"{error.format_message().rstrip('.')}. See duly --help.", USAGE_STATUS)
    except DulyError as error:
        return _fail(error.sentence)
    except typer.Abort:
        return _fail("Stopped.")
    except BrokenPipeError:
        # Whoever read our output has enough of it; Python must not complain at exit either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return status if isinstance(status, int) else 0


def _fail(sentence: str, status: int = 1) -> int:
    print("duly:", " ".join(sentence.split()), file=sys.stderr)  # noqa: T201  # this is a terminal
    return status


def _tell_incident(
    kind: type[BaseException], error: BaseException, _traceback: TracebackType | None
) -> None:
    """What an unexpected error says: one line, with the id under which the log has the rest."""
    if issubclass(kind, KeyboardInterrupt):
        _fail("Stopped.")
        return
    from bot.logs import log_incident

    _fail(f"Something unexpected went wrong; the log has it as incident {log_incident(error)}.")
