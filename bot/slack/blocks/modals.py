"""Modals: forms with their fields and errors, their submissions, and replies."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from bot.chat.text import clean, cut, size
from bot.slack.blocks import limits
from bot.slack.blocks.elements import Block, context, plain, prose, section, short
from bot.slack.blocks.messages import reply_blocks
from bot.slack.responder import mark_blocks
from commands.request import FormAnswer
from governance.errors import DulyError
from messages.reply import Field, Form, Option, Reply

FORM_CALLBACK = "form"
"""The callback_id of every form; which one it is stands in its private_metadata."""
VALUE = "value"
"""The action_id of every field that is no owner; the block_id is the field's name."""
OWNER = "owner"
"""The action_id of an owner's field, whose options Slack asks for as somebody types."""
ANSWER = "answer"
"""The callback_id of a modal that only shows something."""
_FORM, _TARGET = "form", "target"


class FormTooLong(DulyError):
    """A form's subject does not fit into private_metadata."""

    def __init__(self) -> None:
        super().__init__("That is too much for one form: name fewer at a time.")


def form_view(form: Form, *, private_metadata: Mapping[str, Any]) -> Block:
    """A form as a modal. `private_metadata` comes back with it, its name and target added.

    Raises FormTooLong when these do not fit into Slack's 3,000 characters.
    """
    metadata = json.dumps({**private_metadata, _FORM: form.name, _TARGET: form.target})
    if size(metadata) > limits.METADATA:
        raise FormTooLong
    title = clean(form.title).strip()
    fits = size(title) <= limits.TITLE
    blocks: list[Block] = []
    if not fits:
        blocks.append(section(f"*{short(title, 500)}*"))
    for field in form.fields:
        blocks.append(_input(field))
        if field.error:
            blocks.append(context(f"*{short(field.error, 500, own=True)}*"))
    shown = title if fits else form.name.capitalize()
    submit = form.submit if form.fields else None
    return modal(FORM_CALLBACK, shown, blocks, close="Cancel", submit=submit, metadata=metadata)


def answer_view(reply: Reply, zone: ZoneInfo, *, open: bool = False) -> Block:
    """A reply as a modal, with what it offers to press."""
    blocks = reply_blocks(reply, zone=zone, open=open) or prose(reply.text, zone)
    return mark_blocks(modal(ANSWER, "Duly", blocks), reply)


def modal(
    callback: str,
    title: str,
    blocks: list[Block],
    *,
    close: str = "Close",
    submit: str | None = None,
    metadata: str = "",
) -> Block:
    """A modal; one with `submit` is sent back to the listener of `callback`."""
    view: Block = {
        "type": "modal",
        "callback_id": callback,
        "title": plain(title, limits.TITLE),
        "close": plain(close, limits.TITLE),
        "private_metadata": metadata,
        "blocks": blocks,
    }
    if submit is not None:
        view["submit"] = plain(submit, limits.TITLE)
    return view


def form_answer(view_state: Mapping[str, Any], private_metadata: str) -> FormAnswer:
    """A submission, out of Slack's `view["state"]` and `view["private_metadata"]`.

    A field left empty is "", a choice its value, a date ISO.
    """
    about = json.loads(private_metadata)
    blocks = view_state.get("values", view_state)
    values = {name: _value(next(iter(elements.values()), {})) for name, elements in blocks.items()}
    return FormAnswer(str(about.get(_FORM) or ""), str(about.get(_TARGET) or ""), values)


def form_errors(form: Form) -> dict[str, str]:
    """The fields' errors by block_id, as `response_action: errors` wants them."""
    return {f.name: cut(clean(f.error), 500) for f in form.fields if f.error}


def sentence_error(view: Mapping[str, Any], sentence: str) -> dict[str, str]:
    """A sentence beside a submitted modal's first field: it stays open, nothing typed is lost."""
    inputs = (block["block_id"] for block in view["blocks"] if block["type"] == "input")
    return {first: cut(clean(sentence), 500) for first in islice(inputs, 1)}


def option(value: str, label: str) -> Block:
    """One option of a select; `value` is at most 150 characters."""
    return {"text": plain(label or value, limits.OPTION), "value": clean(value)}


def _input(field: Field) -> Block:
    block: Block = {
        "type": "input",
        "block_id": field.name,
        "label": plain(field.label or field.name, 200),
        "optional": not field.required,
        "element": _element(field),
    }
    if field.hint.strip():
        block["hint"] = plain(field.hint, 500)
    return block


def _element(field: Field) -> Block:
    """The field's element; one that cannot hold what was typed gives way to a line of text."""
    value = clean(field.value)
    match field.kind:
        case "choice" if field.options and all(_fits(each) for each in field.options):
            return _select(field.options, value)
        case "date" if not value or _is_date(value):
            picker: Block = {"type": "datepicker", "action_id": VALUE}
            if value:
                picker["initial_date"] = value
            return picker
        case "owner" if size(value) <= limits.OPTION_VALUE:
            return _owner(field.options, value)
    line: Block = {
        "type": "plain_text_input",
        "action_id": VALUE,
        "multiline": field.kind == "long",
    }
    if value:
        line["initial_value"] = cut(value, limits.INPUT)
    return line


def _select(options: tuple[Option, ...], value: str) -> Block:
    shown = [option(each.value, each.label) for each in options]
    select: Block = {"type": "static_select", "action_id": VALUE}
    most = limits.OPTIONS
    if len(shown) <= most:
        select["options"] = shown
    else:
        select["option_groups"] = [
            {"label": shown[at]["text"], "options": shown[at : at + most]}
            for at in range(0, len(shown), most)
        ][:most]
    chosen = next((each for each in shown[: most * most] if each["value"] == value), None)
    if value and chosen is not None:
        select["initial_option"] = chosen
    return select


def _owner(options: tuple[Option, ...], value: str) -> Block:
    select: Block = {
        "type": "external_select",
        "action_id": OWNER,
        "min_query_length": 0,
        "placeholder": plain("A post, or a person", limits.PLACEHOLDER),
    }
    if value.strip():
        label = next((each.label for each in options if each.value == value), value)
        select["initial_option"] = option(value, label)
    return select


def _fits(each: Option) -> bool:
    return 0 < size(clean(each.value)) <= limits.OPTION_VALUE


def _is_date(value: str) -> bool:
    try:
        return date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def _value(element: Mapping[str, Any]) -> str:
    if (chosen := element.get("selected_option")) is not None:
        return str(chosen["value"])
    return str(element.get("value") or element.get("selected_date") or "")
