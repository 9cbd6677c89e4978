"""Options, and their types, that several commands share."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Annotated

import typer

MORNING = time(9)
_YEARS = range(1900, 2200)


def read_moment(text: str) -> datetime:
    """A moment as typed: a date alone is 09:00 that day. Naive unless it names an offset."""
    try:
        moment = datetime.combine(date.fromisoformat(text), MORNING)
    except ValueError:
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            raise typer.BadParameter(
                f'{text!r} is no moment; write "2023-04-28T09:00:00", or 2023-04-28 for 09:00.'
            ) from None
    return _sensible(moment)


def read_day(text: str) -> date:
    """A date as typed."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no date; write 2023-04-28.") from None
    _sensible(datetime.combine(day, MORNING))
    return day


def command_group(name: str, help: str) -> typer.Typer:
    """A sub-command such as `duly audit`; it stays one where it has a single command."""
    group = typer.Typer(name=name, help=help, rich_markup_mode=None)
    group.callback()(lambda: None)
    return group


def _sensible(moment: datetime) -> datetime:
    if moment.year not in _YEARS:
        raise typer.BadParameter(f"the year {moment.year} is out of reach.")
    return moment


Db = Annotated[
    str | None,
    typer.Option(
        "--db",
        metavar="URL",
        help="The store, sqlite:///… or postgresql+psycopg://…; DULY_DATABASE_URL where left out,"
        " else sqlite:///duly.db.",
    ),
]
At = Annotated[
    datetime | None,
    typer.Option(
        "--at",
        metavar="MOMENT",
        parser=read_moment,
        help='Pretend it is this moment: "2023-04-28T09:00:00", or a date for 09:00 that day.',
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
