"""app_manifest.yaml names what the app handles, and the app handles what it names."""

from __future__ import annotations

import asyncio
import copy
import functools
import operator
import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator
from pydantic import SecretStr, ValidationError
from ruamel.yaml import YAML
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_bolt.listener.async_listener import AsyncListener
from slack_bolt.response import BoltResponse

from bot.slack import http
from bot.slack.blocks.elements import FORM, PAGE, SAY, SHARE, SHOW_ALL, SNOOZE
from bot.slack.blocks.modals import FORM_CALLBACK, OWNER
from bot.slack.client import SCOPES
from bot.slack.listeners.shortcuts import REVIEW
from bot.slack.settings import SlackSettings
from db.store import Store
from tests.slack.manifest_rules import Manifest
from tests.slack.scenes import build
from tests.support.schemas import schemas

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "app_manifest.yaml").read_text(encoding="utf-8")
MANIFEST: dict[str, Any] = YAML(typ="safe").load(TEXT)
BOT_SCOPES = MANIFEST["oauth_config"]["scopes"]["bot"]
EVENTS = MANIFEST["settings"]["event_subscriptions"]["bot_events"]
EVENT_SCOPES = {
    "app_home_opened": set(),
    "app_mention": {"app_mentions:read"},
    "app_uninstalled": set(),
    "tokens_revoked": set(),
    "message.im": {"im:history"},
    "user_change": {"users:read"},
    "channel_archive": {"channels:read"},
    "channel_deleted": {"channels:read"},
    "channel_rename": {"channels:read"},
    "channel_shared": {"channels:read", "groups:read"},
    "channel_unarchive": {"channels:read"},
    "channel_unshared": {"channels:read", "groups:read"},
    "group_archive": {"groups:read"},
    "group_deleted": {"groups:read"},
    "group_rename": {"groups:read"},
    "group_unarchive": {"groups:read"},
}
"""Scopes that Slack asks for each event, by its reference of events."""
METHOD_SCOPES = {
    "conversations_list": "channels:read groups:read",
    "chat_postMessage": "chat:write",
    "chat_postEphemeral": "chat:write",
    "chat_update": "chat:write",
    "conversations_history": "channels:history groups:history im:history",
    "conversations_info": "channels:read groups:read",
    "conversations_open": "im:write",
    "users_conversations": "channels:read groups:read",
    "users_info": "users:read",
    "auth_test": "",
    "chat_getPermalink": "",
    "views_open": "",
    "views_publish": "",
    "views_push": "",
    "views_update": "",
    "apps_connections_open": "",
}
"""Scopes of each method of the Web API that Duly calls, by Slack's reference of methods."""
OTHER_USES = {
    "app_mentions:read": "app_mention",
    "commands": "slash_commands",
    "files:read": "url_private_download",
}
"""Scopes that no method of the Web API asks for, and the words in the source that need them."""


def bot_events() -> list[str]:
    return [str(name) for name in EVENTS]


@pytest.fixture
def app(store: Store) -> AsyncApp:
    return build(
        store,
        SlackSettings(bot_token=SecretStr("xoxb-pretended"), api_url="http://127.0.0.1:9/api/"),
    )


Json = dict[str, Any]


def event(name: str) -> Json:
    kind, _, place = name.partition(".")
    inner: Json = {"type": kind, "user": "U01JANE", "channel": "C01"}
    if place:
        inner |= {"channel_type": place, "channel": "D01"}
    return {"type": "event_callback", "event": inner}


def pressed(action: str) -> Json:
    return {"type": "block_actions", "actions": [{"type": "button", "action_id": action}]}


def submitted(callback: str) -> Json:
    return {"type": "view_submission", "view": {"type": "modal", "callback_id": callback}}


def named() -> dict[str, Json]:
    """A request for everything that the manifest names."""
    found: dict[str, Json] = {name: event(name) for name in bot_events()}
    for command in MANIFEST["features"]["slash_commands"]:
        found[command["command"]] = {"command": command["command"], "text": "help"}
    for shortcut in MANIFEST["features"]["shortcuts"]:
        kind = {"global": "shortcut", "message": "message_action"}[shortcut["type"]]
        found[shortcut["callback_id"]] = {"type": kind, "callback_id": shortcut["callback_id"]}
    return found


def unnamed() -> dict[str, Json]:
    """A request for everything that Duly's own messages and forms can cause, which a manifest
    allows as a whole."""
    found = {action: pressed(action) for action in (SAY, FORM, SHOW_ALL, SHARE, PAGE, SNOOZE)}
    found |= {f"view {name}": submitted(name) for name in (FORM_CALLBACK, REVIEW)}
    found["options"] = {"type": "block_suggestion", "action_id": OWNER, "block_id": OWNER}
    return found


async def _takes(listener: AsyncListener, body: Json) -> bool:
    request = AsyncBoltRequest(body=body, mode="socket_mode")
    return await listener.async_matches(req=request, resp=BoltResponse(status=404))


async def _takers(app: AsyncApp, body: Json) -> list[AsyncListener]:
    return [one for one in app._async_listeners if await _takes(one, body)]


def takers(app: AsyncApp, body: Json) -> list[AsyncListener]:
    return asyncio.run(_takers(app, body))


@pytest.mark.parametrize("name", named())
def test_what_the_manifest_names_has_one_listener(app: AsyncApp, name: str) -> None:
    assert len(takers(app, named()[name])) == 1


@pytest.mark.parametrize("name", unnamed())
def test_what_a_message_or_a_form_of_ours_can_cause_has_one_listener(
    app: AsyncApp, name: str
) -> None:
    assert len(takers(app, unnamed()[name])) == 1


def test_every_listener_is_of_something_named_or_of_our_own_messages(app: AsyncApp) -> None:
    used = {
        id(listener)
        for body in [*named().values(), *unnamed().values()]
        for listener in takers(app, body)
    }
    idle = [one for one in app._async_listeners if id(one) not in used]
    assert [one.ack_function.__qualname__ for one in idle] == []


def test_an_event_that_is_not_named_has_no_listener(app: AsyncApp) -> None:
    assert takers(app, event("reaction_added")) == []
    assert takers(app, {"command": "/other"}) == []


def test_each_scope_is_asked_for_with_a_comment_that_says_what_needs_it() -> None:
    shown = dict(re.findall(r"^ +- ([\w:]+:\w+|commands) +# (.+)$", TEXT, re.M))
    assert list(BOT_SCOPES) == list(SCOPES)
    assert shown == SCOPES


def test_no_scope_of_a_user_is_asked_for() -> None:
    assert set(MANIFEST["oauth_config"]["scopes"]) == {"bot"}


def test_each_event_has_the_scopes_that_slack_asks_for_it() -> None:
    assert set(EVENTS) == set(EVENT_SCOPES)
    assert set().union(*(EVENT_SCOPES[name] for name in EVENTS)) <= set(BOT_SCOPES)


def test_each_scope_is_needed_by_something_that_the_source_does() -> None:
    source = "\n".join(p.read_text(encoding="utf-8") for p in (ROOT / "bot").rglob("*.py"))
    called = set(re.findall(r"client\.([a-z]+_[a-zA-Z_]+)\(", source))
    called |= {name.replace(".", "_") for name in re.findall(r'_call\(\s*"([\w.]+)"', source)}
    called.discard("api_call")
    unknown = called - set(METHOD_SCOPES)
    assert unknown == set(), "say above which scope these methods need"
    needed = {scope for name in called for scope in METHOD_SCOPES[name].split()}
    needed |= set().union(*(EVENT_SCOPES[name] for name in EVENTS))
    needed |= {scope for scope, word in OTHER_USES.items() if word in source + TEXT}
    assert sorted(needed) == BOT_SCOPES


def test_every_address_is_the_one_that_is_answered() -> None:
    found = re.findall(r"^ +(?:- )?(?:\w+_)?url: (\S+)$", TEXT, re.M)
    assert len(found) == 4
    assert {url.partition("example.org")[2] for url in found} == {http.PATH}


def test_the_home_tab_the_messages_and_the_forms_are_switched_on() -> None:
    assert MANIFEST["features"]["app_home"] == {
        "home_tab_enabled": True,
        "messages_tab_enabled": True,
        "messages_tab_read_only_enabled": False,
    }
    assert MANIFEST["settings"]["interactivity"]["is_enabled"] is True
    assert MANIFEST["settings"]["socket_mode_enabled"] is True


def test_it_has_the_keys_and_the_lengths_that_slack_takes() -> None:
    assert Manifest.model_validate(MANIFEST)
    for schema in schemas("slack-app-manifest.*.schema.json"):
        errors = Draft7Validator(schema).iter_errors(MANIFEST)
        assert [(schema["title"], e.json_path, e.message) for e in errors] == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("display_information.name", "D" * 36),
        ("display_information.long_description", "Too short."),
        ("features.bot_user.colour", "blue"),
        ("features.slash_commands", []),
        ("settings.socket_mode_enabled", "yes"),
    ],
)
def test_what_slack_would_refuse_does_not_pass(path: str, value: object) -> None:
    manifest = copy.deepcopy(MANIFEST)
    *outer, last = path.split(".")
    functools.reduce(operator.getitem, outer, manifest)[last] = value
    with pytest.raises(ValidationError):
        Manifest.model_validate(manifest)
