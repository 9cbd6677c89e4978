"""`duly chat`: a conversation in the terminal, with forms filled in field by field."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from bot.cli.context import opened
from bot.cli.options import At, Db
from bot.cli.output import say
from bot.cli.say import As, In, as_channel
from commands.request import LOCAL, FormAnswer, Request
from governance.inert import inert
from messages.reply import Field, Form, Reply

if TYPE_CHECKING:
    from db.store import Store

LEAVE = ("quit", "exit", "bye")
FACE = "terminal"


def chat(person: As = LOCAL, channel: In = None, db: Db = None, at: At = None) -> None:
    """Talk to Duly in the terminal."""
    with opened(db, at) as store:
        converse(store, person, as_channel(channel))


def converse(store: Store, person: str, channel: str | None) -> None:
    """Answer line after line until the input ends or somebody says quit."""
    from commands.router import answer

    if sys.stdin.isatty():
        say(f"You are {person}. Type a command, help, or quit.")
    while (line := _ask("> ")) is not None and line.strip().casefold() not in LEAVE:
        if not line.strip():
            continue
        reply = answer(store, Request(text=line, person=person, face=FACE, channel=channel))
        _show(reply)
        while reply.form is not None:
            values = _fill(reply.form)
            if values is None:
                say("Nothing saved.")
                break
            given = FormAnswer(reply.form.name, reply.form.target, values)
            reply = answer(store, Request(person=person, face=FACE, channel=channel, form=given))
            _show(reply)


def _show(reply: Reply) -> None:
    say(reply.text)
    for button in reply.buttons:
        if button.command not in reply.text:
            say(f"  {button.label}: {button.command}")
    say()


def _fill(form: Form) -> dict[str, str] | None:
    """The form's values, each field prompted for; None when the input ends first."""
    say(f"{form.title} (leave a line empty to keep what stands in brackets)")
    values = {}
    for field in form.fields:
        value = _value(field)
        if value is None:
            return None
        values[field.name] = value
    return values


def _value(field: Field) -> str | None:
    if field.error:
        say(f"  {field.error}")
    for option in field.options:
        say(f"  {option.value}: {option.label}")
    if field.hint:
        say(f"  {field.hint}")
    kept = f" [{field.value}]" if field.value else ""
    typed = _ask(f"{field.label}{kept}: ")
    return typed if typed is None else typed.strip() or field.value


def _ask(prompt: str) -> str | None:
    """One line typed; None at the end of the input."""
    try:
        return input(inert(prompt) if sys.stdin.isatty() else "")
    except EOFError:
        return None
