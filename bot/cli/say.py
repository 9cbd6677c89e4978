"""`duly say`: one command and its answer."""

from __future__ import annotations

from typing import Annotated

import typer

from bot.cli.context import opened
from bot.cli.options import At, Db, Json
from bot.cli.output import print_json
from bot.cli.output import say as print_line
from commands.request import LOCAL, Request

As = Annotated[
    str,
    typer.Option("--as", metavar="PERSON", help="Who speaks: a person's key."),
]
In = Annotated[
    str | None,
    typer.Option("--in", metavar="CHANNEL", help="The channel it is said in."),
]


def say(
    text: Annotated[list[str], typer.Argument(metavar="TEXT", help='As in chat: "/rec 24087".')],
    person: As = LOCAL,
    channel: In = None,
    db: Db = None,
    at: At = None,
    json: Json = False,
) -> int:
    """Say one command and print the answer."""
    with opened(db, at) as store:
        from commands.router import answer

        request = Request(text=" ".join(text), person=person, channel=as_channel(channel))
        reply = answer(store, request)
    if json:
        from bot.cli.shapes import SayOutput

        print_json(SayOutput(reply.ok, reply.visibility, reply.text, reply.cards))
    else:
        print_line(reply.text)
    return 0 if reply.ok else 1


def as_channel(name: str | None) -> str | None:
    """A channel with its #, however it was typed."""
    return f"#{name.lstrip('#')}" if name else None
