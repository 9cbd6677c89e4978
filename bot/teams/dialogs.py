"""Dialogs: a button opens the form, and what is submitted is saved, or shown again with what is
wrong beside the field."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from bot.chat.members import Refused
from bot.chat.text import clean, cut
from bot.teams.activity import Turn
from bot.teams.bot import FACE, NO_CHAT, Answer, Answering
from bot.teams.card_action import instead
from bot.teams.elements import (
    Json,
    adaptive,
    attached,
    headed,
    line,
    prose,
    run,
    standing_in,
)
from bot.teams.endpoint import Answered
from bot.teams.errors import CallFailed
from bot.teams.messages import message, reply_card, reply_message
from commands.parsing.people import who_may_own
from commands.request import FormAnswer
from messages.reply import Field, Form, Option

FIELD = "f."
"""What a field's input is called begins with this, apart from what a button carries."""
TITLE = 60
_WRONG = {"color": "Attention", "weight": "Bolder"}
KEPT = ("say", "what", "names", "rendering", "message")
"""What a dialog carries of the button that opened it."""

log = logging.getLogger(__name__)


async def fetched(answering: Answering, turn: Turn) -> Answered:
    """A button asks for its form; the dialog, or why there is none."""
    data = submitted_data(turn)
    answer = await answering.answer(turn, str(data.get("say") or ""), id=f"fetch:{turn.id}")
    about = {name: data[name] for name in KEPT if name in data} | {"message": turn.reply_to}
    return Answered(opened(answering, answer, about))


def opened(answering: Answering, answer: Answer, about: Json) -> Json:
    """The dialog of an answer: its form, else what it says."""
    form = answer.reply.form
    if form is None:
        return dialog("Duly", reply_card(answer.reply))
    return dialog(form.title, form_card(form, about, owners=_owners(answering, form)))


async def submitted(answering: Answering, turn: Turn) -> Answered:
    """A form: saved and closed, or open still with what is wrong."""
    data = submitted_data(turn)
    given = form_answer(data)
    answer = await answering.answer(turn, form=given, id=f"form:{data.get('sheet') or turn.id}")
    if not answer.reply.ok or answer.reply.form is not None:
        return Answered(await still_open(answering, turn, answer, data, given))
    answering.later(_show(answering, turn, answer, data))
    return Answered()


async def refused(answering: Answering, turn: Turn) -> Json | None:
    """The dialog for somebody who gets no answer; None for everybody else."""
    try:
        await answering.identity.who(turn)
    except Refused as error:
        return dialog("Duly", adaptive(headed(error.sentence), error.sentence))
    return None


async def still_open(
    answering: Answering, turn: Turn, answer: Answer, data: Json, given: FormAnswer
) -> Json:
    """The dialog once more, with what is wrong and what was typed."""
    form = answer.reply.form
    wrong = "" if form is not None and any(f.error for f in form.fields) else answer.reply.text
    if form is None and answer.asker is not None:
        again = await answering.answer(turn, f"{given.name} {given.target}")
        form = again.reply.form
    if form is None:
        return dialog("Duly", adaptive(headed(answer.reply.text), answer.reply.text))
    about = {name: data[name] for name in KEPT if name in data}
    card = form_card(
        with_typed(form, given.values), about, owners=_owners(answering, form), wrong=wrong
    )
    return dialog(form.title, card)


async def _show(answering: Answering, turn: Turn, answer: Answer, data: Json) -> None:
    """Show what was saved: in place of the card whose button opened the form, else below it."""
    if not answer.here:
        if not await answering.privately(answer, turn):
            log.warning("not told", extra={"face": FACE, "reason": NO_CHAT})
        return
    reply = answer.reply
    at = str(data.get("message") or "")
    if at and standing_in(data).gives_way_to(reply):
        await instead(answering, turn, at, message(reply_card(reply), reply.text))
        return
    try:
        await answering.post(turn, reply_message(reply))
    except CallFailed as error:
        log.warning("not told", extra={"face": FACE, "reason": error.sentence})


def _owners(answering: Answering, form: Form) -> list[Option]:
    if not any(field.kind == "owner" for field in form.fields):
        return []
    with answering.store.read() as reading:
        return who_may_own(reading, "")


def submitted_data(turn: Turn) -> Json:
    """What a dialog, or the button that asks for one, brought."""
    found = turn.value.get("data")
    return found if isinstance(found, dict) else {}


def dialog(title: str, card: Json) -> Json:
    """What opens a dialog, or shows it anew."""
    size = {"height": "medium", "width": "medium"}
    shown = {"title": cut(clean(title), TITLE), **size, "card": attached(card)}
    return {"task": {"type": "continue", "value": shown}}


def form_card(
    form: Form, about: Mapping[str, Any], *, owners: Sequence[Option] = (), wrong: str = ""
) -> Json:
    """A form's card. `about` comes back with it; `wrong` stands above the fields."""
    body: list[Json] = prose(wrong, color="Attention", weight="Bolder")
    for field in form.fields:
        body += _field(field, owners)
    data = {**about, "form": form.name, "target": form.target, "sheet": secrets.token_urlsafe(6)}
    save = {"type": "Action.Submit", "title": form.submit, "style": "positive", "data": data}
    if form.fields:
        body.append({"type": "ActionSet", "actions": [save], "spacing": "Medium"})
    return adaptive(body, form.title)


def form_answer(data: Mapping[str, Any]) -> FormAnswer:
    """What was submitted: a field left empty is "", a choice its value, a date ISO."""
    values = {
        name.removeprefix(FIELD): str(value)
        for name, value in data.items()
        if name.startswith(FIELD) and value is not None
    }
    return FormAnswer(str(data.get("form") or ""), str(data.get("target") or ""), values)


def with_typed(form: Form, values: Mapping[str, str]) -> Form:
    """The form with what was typed in it."""
    fields = (replace(f, value=values.get(f.name, f.value)) for f in form.fields)
    return replace(form, fields=tuple(fields))


def _field(field: Field, owners: Sequence[Option]) -> list[Json]:
    label = clean(field.label or field.name)
    found: Json = {**_input(field, owners), "id": f"{FIELD}{field.name}", "label": label}
    if field.required:
        found |= {"isRequired": True, "errorMessage": f"Please fill in: {label}"}
    told = [found]
    if field.hint.strip():
        hint = run(cut(field.hint, 500), isSubtle=True, size="Small")
        told.append(line(hint, spacing="None"))
    if field.error:
        told.append(line(run(cut(field.error, 500), **_WRONG), spacing="None"))
    return told


def _input(field: Field, owners: Sequence[Option]) -> Json:
    """The field's input; one that cannot hold what was typed gives way to a line of text."""
    value = clean(field.value)
    if field.kind == "choice" and field.options:
        return _choices(field.options, value)
    if field.kind == "owner" and (field.options or owners):
        known = list(field.options or owners)
        if value and value not in {each.value for each in known}:
            known.insert(0, Option(value, value))
        return _choices(known, value)
    if field.kind == "date" and (not value or _is_date(value)):
        return {"type": "Input.Date", **({"value": value} if value else {})}
    found: Json = {"type": "Input.Text", "isMultiline": field.kind == "long"}
    return {**found, "value": value} if value else found


def _choices(options: Sequence[Option], value: str) -> Json:
    found: Json = {
        "type": "Input.ChoiceSet",
        "style": "compact",
        "choices": [
            {"title": clean(each.label or each.value), "value": clean(each.value)}
            for each in options
        ],
    }
    return {**found, "value": value} if value else found


def _is_date(value: str) -> bool:
    try:
        return date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False
