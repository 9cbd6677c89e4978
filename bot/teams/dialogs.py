"""Handlers of dialogs (task modules), and their cards: a form is opened, saved, or shown again
with what is wrong beside the field."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from bot.chat.members import Refused
from bot.chat.text import clean, cut
from bot.teams.bot import FACE, NO_CHAT, TeamsAnswer, TeamsBot
from bot.teams.card_action import edit
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
from bot.teams.errors import CallFailed
from bot.teams.messages import message, reply_card, reply_message
from bot.teams.sdk import ActivityBase, TaskFetchInvokeActivity, TaskSubmitInvokeActivity
from commands.parsing.people import who_may_own
from commands.request import FormAnswer
from messages.reply import Field, Form, Option

FIELD = "f."
"""Prefix of the names of a form's inputs, which tells them from the data a button carries."""
TITLE = 60
_WRONG = {"color": "Attention", "weight": "Bolder"}
CARRIED = ("say", "what", "names", "rendering", "message")
"""Names of the data that a dialog carries from the button that opened it."""

log = logging.getLogger(__name__)


async def on_dialog_open(bot: TeamsBot, activity: TaskFetchInvokeActivity) -> Json:
    """The dialog that a button asks for: its form, or why there is none."""
    data = submitted_data(activity.value.data)
    answer = await bot.answer(activity, str(data.get("say") or ""), id=f"fetch:{activity.id}")
    carried = {name: data[name] for name in CARRIED if name in data}
    return opened(bot, answer, carried | {"message": activity.reply_to_id or ""})


def opened(bot: TeamsBot, answer: TeamsAnswer, carried: Json) -> Json:
    """The dialog of an answer: its form, else its text."""
    form = answer.reply.form
    if form is None:
        return dialog("Duly", reply_card(answer.reply))
    return dialog(form.title, form_card(form, carried, owners=_owners(bot, form)))


async def on_dialog_submit(bot: TeamsBot, activity: TaskSubmitInvokeActivity) -> Json | None:
    """Save a form: None closes the dialog, else it stays open with what is wrong."""
    data = submitted_data(activity.value.data)
    form = form_answer(data)
    answer = await bot.answer(activity, form=form, id=form_id(data, activity))
    if not answer.reply.ok or answer.reply.form is not None:
        return await still_open(bot, activity, answer, data, form)
    bot.later(_show(bot, activity, answer, data))
    return None


async def refused(bot: TeamsBot, activity: ActivityBase) -> Json | None:
    """The dialog for somebody who is refused; None for everybody else."""
    try:
        await bot.users.identify(activity)
    except Refused as error:
        return dialog("Duly", adaptive(headed(error.sentence), error.sentence))
    return None


async def still_open(
    bot: TeamsBot, activity: ActivityBase, answer: TeamsAnswer, data: Json, typed: FormAnswer
) -> Json:
    """The dialog once more, with what is wrong and what was typed."""
    form = answer.reply.form
    wrong = "" if form is not None and any(f.error for f in form.fields) else answer.reply.text
    if form is None and answer.user is not None:
        again = await bot.answer(activity, f"{typed.name} {typed.target}")
        form = again.reply.form
    if form is None:
        return dialog("Duly", adaptive(headed(answer.reply.text), answer.reply.text))
    carried = {name: data[name] for name in CARRIED if name in data}
    filled = with_typed(form, typed.values)
    return dialog(form.title, form_card(filled, carried, owners=_owners(bot, form), wrong=wrong))


async def _show(bot: TeamsBot, activity: ActivityBase, answer: TeamsAnswer, data: Json) -> None:
    """Show what was saved: in place of the card whose button opened the form, else below it."""
    if not answer.here:
        if not await bot.send_privately(answer, activity):
            log.warning("not told", extra={"face": FACE, "reason": NO_CHAT})
        return
    reply = answer.reply
    message_id = str(data.get("message") or "")
    if message_id and standing_in(data).gives_way_to(reply):
        await edit(bot, activity, message_id, message(reply_card(reply), reply.text))
        return
    try:
        await bot.post(activity, reply_message(reply))
    except CallFailed as error:
        log.warning("not told", extra={"face": FACE, "reason": error.sentence})


def _owners(bot: TeamsBot, form: Form) -> list[Option]:
    if not any(field.kind == "owner" for field in form.fields):
        return []
    with bot.store.read() as reading:
        return who_may_own(reading, "")


def submitted_data(data: object) -> Json:
    """The data that a dialog, or the button that asks for one, carries."""
    return data if isinstance(data, dict) else {}


def form_id(data: Json, activity: ActivityBase) -> str:
    """The idempotency key of a submitted form: that of the form as it was opened."""
    return f"form:{data.get('sheet') or activity.id}"


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
