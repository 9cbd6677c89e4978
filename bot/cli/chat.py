"""The terminal face: a line said, an answer printed, a form asked field by field."""

from __future__ import annotations

import sys

from bot.cli.output import say
from commands.request import FormAnswer, Request
from commands.router import answer
from db.store import Store
from messages.reply import Field, Form, Reply

LEAVE = ("quit", "exit", "bye")
FACE = "terminal"


def converse(store: Store, person: str, channel: str | None) -> None:
    """Answer line after line until the input ends or somebody says quit."""
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
        typed = _value(field)
        if typed is None:
            return None
        values[field.name] = typed
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
        return input(prompt if sys.stdin.isatty() else "")
    except EOFError:
        return None
