"""Handlers of dialogs (task modules), and their cards: a form is opened, saved, or shown again
with what is wrong beside the field."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from bot.chat.members import AccessDenied
from bot.chat.text import clean, cut
from bot.teams.bot import NO_CHAT, TeamsAnswer, TeamsBot
from bot.teams.card_action import edit
from bot.teams.channels import PLATFORM
from bot.teams.connector import CallFailed
from bot.teams.elements import (
    Json,
    adaptive_card,
    attachment,
    formatted,
    paragraphs,
    rich_text,
    standing_in,
    text_run,
)
from bot.teams.messages import message, reply_card, reply_message
from bot.teams.sdk import ActivityBase, TaskFetchInvokeActivity, TaskSubmitInvokeActivity
from commands.parsing.people import owner_options
from commands.request import FormAnswer
from messages.reply import Field, Form, Option

FIELD = "f."
"""Prefix of the names of a form's inputs, which tells them from the data a button carries."""
TITLE = 60
_WRONG: Json = {"color": "Attention", "weight": "Bolder"}
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
        await bot.members.find(activity)
    except AccessDenied as error:
        return dialog("Duly", adaptive_card(formatted(error.sentence), error.sentence))
    return None


async def still_open(
    bot: TeamsBot, activity: ActivityBase, answer: TeamsAnswer, data: Json, typed: FormAnswer
) -> Json:
    """The dialog once more, with what is wrong and what was typed."""
    form = answer.reply.form
    wrong = "" if form is not None and any(f.error for f in form.fields) else answer.reply.text
    if form is None and answer.member is not None:
        again = await bot.answer(activity, f"{typed.name} {typed.target}")
        form = again.reply.form
    if form is None:
        return dialog("Duly", adaptive_card(formatted(answer.reply.text), answer.reply.text))
    carried = {name: data[name] for name in CARRIED if name in data}
    filled = with_typed(form, typed.values)
    return dialog(form.title, form_card(filled, carried, owners=_owners(bot, form), wrong=wrong))


async def _show(bot: TeamsBot, activity: ActivityBase, answer: TeamsAnswer, data: Json) -> None:
    """Show what was saved: in place of the card whose button opened the form, else below it."""
    if not answer.here:
        if not await bot.send_privately(answer, activity):
            log.warning("not told", extra={"face": PLATFORM, "reason": NO_CHAT})
        return
    reply = answer.reply
    message_id = str(data.get("message") or "")
    if message_id and standing_in(data).gives_way_to(reply):
        await edit(bot, activity, message_id, message(reply_card(reply), reply.text))
        return
    try:
        await bot.post(activity, reply_message(reply))
    except CallFailed as error:
        log.warning("not told", extra={"face": PLATFORM, "reason": error.sentence})


def _owners(bot: TeamsBot, form: Form) -> list[Option]:
    if not any(field.kind == "owner" for field in form.fields):
        return []
    with bot.store.read() as reading:
        return owner_options(reading, "")


def submitted_data(data: object) -> Json:
    """The data that a dialog, or the button that asks for one, carries."""
    return data if isinstance(data, dict) else {}


def form_id(data: Json, activity: ActivityBase) -> str:
    """The idempotency key of a submitted form: that of the form as it was opened."""
    return f"form:{data.get('sheet') or activity.id}"


def dialog(title: str, card: Json) -> Json:
    """The response that opens a dialog, or replaces its card."""
    size = {"height": "medium", "width": "medium"}
    value = {"title": cut(clean(title), TITLE), **size, "card": attachment(card)}
    return {"task": {"type": "continue", "value": value}}


def form_card(form: Form, carried: Json, *, owners: Sequence[Option] = (), wrong: str = "") -> Json:
    """A form's card. `carried` comes back with it; `wrong` stands above the fields."""
    body: list[Json] = paragraphs(wrong, **_WRONG)
    for field in form.fields:
        body += _field(field, owners)
    data = {**carried, "form": form.name, "target": form.target, "sheet": secrets.token_urlsafe(6)}
    save = {"type": "Action.Submit", "title": form.submit, "style": "positive", "data": data}
    if form.fields:
        body.append({"type": "ActionSet", "actions": [save], "spacing": "Medium"})
    return adaptive_card(body, form.title)


def form_answer(data: Json) -> FormAnswer:
    """A submitted form: a field left empty is "", a choice its value, a date ISO."""
    values = {
        name.removeprefix(FIELD): str(value)
        for name, value in data.items()
        if name.startswith(FIELD) and value is not None
    }
    return FormAnswer(str(data.get("form") or ""), str(data.get("target") or ""), values)


def with_typed(form: Form, values: Mapping[str, str]) -> Form:
    """The form with the values that were typed into it."""
    fields = (replace(f, value=values.get(f.name, f.value)) for f in form.fields)
    return replace(form, fields=tuple(fields))


def _field(field: Field, owners: Sequence[Option]) -> list[Json]:
    """A field's input, with its hint and its error below."""
    label = clean(field.label or field.name)
    element: Json = {**_input(field, owners), "id": f"{FIELD}{field.name}", "label": label}
    if field.required:
        element |= {"isRequired": True, "errorMessage": f"Please fill in: {label}"}
    elements = [element]
    if field.hint.strip():
        hint = text_run(cut(field.hint, 500), isSubtle=True, size="Small")
        elements.append(rich_text(hint, spacing="None"))
    if field.error:
        error = text_run(cut(field.error, 500), **_WRONG)
        elements.append(rich_text(error, spacing="None"))
    return elements


def _input(field: Field, owners: Sequence[Option]) -> Json:
    """The field's input; one that cannot hold the typed value gives way to a line of text."""
    value = clean(field.value)
    filled = {"value": value} if value else {}
    options = list(field.options)
    if field.kind == "owner":
        options = options or list(owners)
        if options and value and value not in {option.value for option in options}:
            options.insert(0, Option(value, value))
    if field.kind in ("choice", "owner") and options:
        choices = [
            {"title": clean(option.label or option.value), "value": clean(option.value)}
            for option in options
        ]
        return {"type": "Input.ChoiceSet", "style": "compact", "choices": choices, **filled}
    if field.kind == "date" and (not value or _is_date(value)):
        return {"type": "Input.Date", **filled}
    return {"type": "Input.Text", "isMultiline": field.kind == "long", **filled}


def _is_date(value: str) -> bool:
    try:
        return date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False
