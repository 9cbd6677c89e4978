"""Forms as dialogs: their fields, what comes back, and what is wrong told beside the field."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from bot.chat.text import clean, cut
from bot.teams.elements import Json, adaptive, attached, line, prose, run
from commands.request import FormAnswer
from messages.reply import Field, Form, Option

FIELD = "f."
"""What a field's input is called begins with this, apart from what a button carries."""
TITLE = 60
_WRONG = {"color": "Attention", "weight": "Bolder"}


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
