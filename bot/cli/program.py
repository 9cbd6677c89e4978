"""The `duly` program: its table of commands, exit statuses, and the line that an error prints."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Annotated

import typer
from typer.main import get_command

from bot.cli import (
    admin,
    apply,
    audit,
    backup,
    chat,
    db,
    demo,
    doctor,
    export,
    forecast,
    import_,
    init,
    ledger,
    restore,
    run,
    say,
    slack,
    teams,
    tick,
)
from bot.cli.output import complain
from bot.cli.output import say as print_line
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
COMMANDS: dict[str, Callable[..., object]] = {
    "demo": demo.demo,
    "run": run.run,
    "doctor": doctor.doctor,
    "say": say.say,
    "chat": chat.chat,
    "import": import_.import_files,
    "export": export.export,
    "tick": tick.tick,
    "forecast": forecast.forecast,
    "apply": apply.apply,
    "init": init.init,
    "backup": backup.backup,
    "restore": restore.restore,
}
for name, command in COMMANDS.items():
    app.command(name)(command)
for group in (ledger, admin, db, audit, slack, teams):
    app.add_typer(group.app)


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        print_line(f"duly {version('duly')}")
        raise typer.Exit()


@app.callback()
def program(
    _version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print Duly's version."
        ),
    ] = False,
) -> None:
    """Keeps police inspection recommendations from being forgotten."""


def main() -> None:
    """The `duly` program. Exit status: 0 done, 1 refused or failed, 2 bad usage."""
    # A command ends long before rubbish counts; collecting while importing costs a fifth of it.
    gc.disable()
    sys.excepthook = _report_incident
    status = invoke(sys.argv[1:])
    gc.freeze()
    sys.exit(status)


def invoke(arguments: Sequence[str]) -> int:
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
    complain(sentence)
    return status


def _report_incident(
    kind: type[BaseException], error: BaseException, _traceback: TracebackType | None
) -> None:
    """Print one line for an unexpected error, with the id under which the log has the rest."""
    if issubclass(kind, KeyboardInterrupt):
        _fail("Stopped.")
        return
    from bot.logs import log_incident

    _fail(f"Something unexpected went wrong; the log has it as incident {log_incident(error)}.")
