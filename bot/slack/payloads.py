"""Shapes of Slack's payloads: the fields that Bolt and the listeners read, checked before either.

Slack signs what it sends, and may still send what nobody expected: what lacks a field, or has it of
another type, is answered 400. Fields that nobody reads are not looked at.
"""

from __future__ import annotations

import json
from typing import Annotated, Any
from urllib.parse import parse_qsl

from pydantic import BaseModel, Field, Json, StrictInt, StrictStr, ValidationError

from governance.errors import DulyError

Text = StrictStr | None
Object = dict[str, Any]


class MalformedPayload(DulyError):
    """A request whose payload is none of those that Slack describes."""


class _Named(BaseModel):
    id: StrictStr


class _Maybe(BaseModel):
    id: Text = None


class _Addressed(BaseModel):
    """Team, user and channel of a payload, or of an event in it: Bolt reads them of each."""

    team: StrictStr | _Maybe | None = None
    team_id: Text = None
    enterprise: StrictStr | _Maybe | None = None
    enterprise_id: Text = None
    user: StrictStr | _Maybe | None = None
    user_id: Text = None
    channel: StrictStr | _Maybe | None = None
    channel_id: Text = None
    thread_ts: Text = None
    function_execution_id: Text = None


class _Event(_Addressed):
    type: StrictStr
    subtype: Text = None
    user_team: Text = None
    channel_type: Text = None
    text: Text = None
    tab: Text = None
    tokens: Object | None = None
    message: _Addressed | None = None
    previous_message: _Addressed | None = None
    item: _Addressed | None = None
    assistant_thread: _Addressed | None = None


class _Envelope(_Addressed):
    """Every payload."""

    type: Text = None
    callback_id: Text = None
    command: Text = None
    authorizations: list[_Addressed] | None = None
    view: _Addressed | None = None
    event: _Event | None = None
    message: _Addressed | None = None
    event_id: Text = None
    event_time: StrictInt | None = None


class _Said(BaseModel):
    """A message of a person; one that was edited or deleted says nothing of them."""

    channel: StrictStr
    ts: StrictStr
    user: Text = None


class _HomeOpened(BaseModel):
    user: StrictStr
    channel: Text = None


class _UserChanged(BaseModel):
    user: _Named


class _ChannelChanged(BaseModel):
    channel: StrictStr | _Named


class _Command(BaseModel):
    user_id: StrictStr
    text: Text = None
    trigger_id: Text = None
    response_url: Text = None


class _User(_Named):
    team_id: Text = None


class _Container(BaseModel):
    channel_id: Text = None
    message_ts: Text = None
    thread_ts: Text = None


class _Interaction(BaseModel):
    """Something pressed, opened or submitted; what Slack leaves out elsewhere may be missing."""

    user: _User
    team: _Maybe | None = None
    channel: _Maybe | None = None
    container: _Container | None = None
    trigger_id: Text = None
    response_url: Text = None


class _Option(BaseModel):
    value: StrictStr


class _Action(BaseModel):
    action_id: StrictStr
    block_id: Text = None
    value: Text = None
    action_ts: Text = None
    selected_option: _Option | None = None


class _OpenView(_Named):
    type: Text = None
    hash: Text = None


class _Press(_Interaction):
    actions: Annotated[list[_Action], Field(min_length=1)]
    view: _OpenView | None = None


class _Shortcut(_Interaction):
    callback_id: StrictStr


class _Attached(BaseModel):
    name: Text = None
    mode: Text = None
    size: int | None = None


class _Message(BaseModel):
    ts: StrictStr
    text: Text = None
    thread_ts: Text = None
    files: list[_Attached] | None = None


class _MessageShortcut(_Shortcut):
    message: _Message


class _Input(BaseModel):
    value: Text = None
    selected_date: Text = None
    selected_option: _Option | None = None


class _State(BaseModel):
    values: dict[str, dict[str, _Input]]


class _Block(BaseModel):
    type: StrictStr
    block_id: Text = None


class _SubmittedView(_Named):
    callback_id: StrictStr
    private_metadata: Json[dict[str, Any]]
    state: _State
    blocks: list[_Block]


class _Submission(_Interaction):
    view: _SubmittedView


class _Suggestion(_Interaction):
    action_id: StrictStr
    value: Text = None


_INTERACTIONS: dict[str, type[BaseModel]] = {
    "block_actions": _Press,
    "shortcut": _Shortcut,
    "message_action": _MessageShortcut,
    "view_submission": _Submission,
    "block_suggestion": _Suggestion,
}
_EVENTS: dict[str, type[BaseModel]] = {
    "app_mention": _Said,
    "message": _Said,
    "app_home_opened": _HomeOpened,
    "user_change": _UserChanged,
}
_CHANNEL_EVENTS = ("channel_", "group_")
"""The beginnings of the names of events about a channel, public or private."""


def check_request(body: str, content_type: str) -> None:
    """Check the body of an HTTP request, as Bolt reads it. Raises MalformedPayload."""
    try:
        is_json = content_type.partition(";")[0].strip() == "application/json"
        if is_json or body.startswith("{"):
            payload = json.loads(body)
        else:
            fields = dict(parse_qsl(body, keep_blank_values=True))
            payload = json.loads(fields["payload"]) if "payload" in fields else fields
    except (ValueError, RecursionError) as error:
        raise MalformedPayload("The request is no JSON.") from error
    check_payload(payload)


def check_payload(payload: object) -> None:
    """Check a payload by what it says it is. Raises MalformedPayload."""
    try:
        envelope = _Envelope.model_validate(payload)
        if envelope.command is not None:
            _Command.model_validate(payload)
        elif envelope.type in _INTERACTIONS:
            _INTERACTIONS[envelope.type].model_validate(payload)
        elif envelope.type == "event_callback":
            _check_event(payload, envelope)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        field = ".".join(str(part) for part in first["loc"]) or "payload"
        raise MalformedPayload(f"This is no payload of Slack: {field[:200]}.") from error


def _check_event(payload: object, envelope: _Envelope) -> None:
    if envelope.event is None or not isinstance(payload, dict):
        raise MalformedPayload("This is no payload of Slack: event.")
    name = envelope.event.type
    shape = _ChannelChanged if name.startswith(_CHANNEL_EVENTS) else _EVENTS.get(name)
    if shape is not None:
        shape.model_validate(payload["event"])
