"""The Web API's methods, each a function of the workspace, the asking team and the call."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from typing import Any

from tests.slack.fake.model import ApiError, Call, Channel, Json, Message, Team, View
from tests.slack.fake.workspace import Workspace

Method = Callable[[Workspace, Team, Call], Json]
HISTORY_MOST = 999


class Paced(Exception):
    """Too soon after the last post in the channel; `seconds` is Retry-After."""

    def __init__(self, seconds: int) -> None:
        super().__init__(seconds)
        self.seconds = seconds


# auth, team, bots


def auth_test(slack: Workspace, team: Team, _call: Call) -> Json:
    return {
        "url": "https://sample.slack.com/",
        "team": team.name,
        "user": "duly",
        "team_id": team.id,
        "user_id": team.bot,
        "bot_id": f"B{team.bot[1:]}",
        "is_enterprise_install": False,
    }


def team_info(_slack: Workspace, team: Team, _call: Call) -> Json:
    return {"team": {"id": team.id, "name": team.name, "domain": "sample"}}


def auth_revoke(_slack: Workspace, team: Team, call: Call) -> Json:
    if not call.flag("test"):
        team.token = ""
    return {"revoked": not call.flag("test")}


# chat


def post_message(slack: Workspace, team: Team, call: Call) -> Json:
    place = _place(slack, team, call.need("channel"))
    text, blocks = call.text("text"), _blocks(call)
    slack.check_message(text, blocks)
    if seconds := slack.pace_post(place.id):
        raise Paced(seconds)
    if thread := call.text("thread_ts"):
        slack.find(place.id, thread)
    unfurls = any(call.values.get(name) is None or call.flag(name) for name in _UNFURLS)
    message = slack.keep(
        Message(
            slack.stamp(),
            place.id,
            team.bot,
            text,
            blocks,
            metadata=_metadata(slack, call),
            thread_ts=thread or None,
            unfurls=unfurls,
            by_bot=True,
        )
    )
    return {"channel": place.id, "ts": message.ts, "message": message.shown(metadata=True)}


_UNFURLS = ("unfurl_links", "unfurl_media")


def post_ephemeral(slack: Workspace, team: Team, call: Call) -> Json:
    place = _place(slack, team, call.need("channel"))
    user = slack.user(call.need("user"))
    if user.id not in place.members:
        raise ApiError("user_not_in_channel")
    text, blocks = call.text("text"), _blocks(call)
    slack.check_message(text, blocks)
    message = slack.keep(
        Message(
            slack.stamp(),
            place.id,
            team.bot,
            text,
            blocks,
            thread_ts=call.text("thread_ts") or None,
            only_for=user.id,
            by_bot=True,
        )
    )
    return {"message_ts": message.ts}


def update_message(slack: Workspace, team: Team, call: Call) -> Json:
    place = slack.channel(call.need("channel"))
    message = slack.find(place.id, call.need("ts"))
    if message.only_for is not None:
        raise ApiError("message_not_found")
    if message.user != team.bot:
        raise ApiError("cant_update_message")
    if place.is_archived:
        raise ApiError("is_archived")
    text, blocks = call.text("text"), _blocks(call)
    slack.check_message(text, blocks)
    message.text, message.blocks = text, blocks
    if (metadata := _metadata(slack, call)) is not None:
        message.metadata = metadata
    message.edits += 1
    return {"channel": place.id, "ts": message.ts, "text": text, "message": message.shown()}


def get_permalink(slack: Workspace, _team: Team, call: Call) -> Json:
    message = slack.find(call.need("channel"), call.need("message_ts"))
    return {"channel": message.channel, "permalink": permalink(message)}


def permalink(message: Message) -> str:
    """The permalink of a message."""
    return f"https://sample.slack.com/archives/{message.channel}/p{message.ts.replace('.', '')}"


# conversations


def history(slack: Workspace, team: Team, call: Call) -> Json:
    place = _joined(slack, team, call.need("channel"))
    found = [m for m in _of(slack, place) if m.thread_ts in (None, m.ts)]
    return _pages(found, call)


def replies(slack: Workspace, team: Team, call: Call) -> Json:
    place = _joined(slack, team, call.need("channel"))
    root = slack.find(place.id, call.need("ts"))
    found = [m for m in _of(slack, place) if root.ts in (m.ts, m.thread_ts)]
    return _pages(found, call, newest_first=False)


def _of(slack: Workspace, place: Channel) -> list[Message]:
    return [m for m in slack.messages if m.channel == place.id and m.only_for is None]


def _pages(found: list[Message], call: Call, *, newest_first: bool = True) -> Json:
    oldest, latest = call.text("oldest", "0"), call.text("latest", "9999999999")
    if call.flag("inclusive"):
        found = [m for m in found if float(oldest) <= float(m.ts) <= float(latest)]
    else:
        found = [m for m in found if float(oldest) < float(m.ts) < float(latest)]
    found.sort(key=lambda m: m.ts, reverse=newest_first)
    shown, cursor = _page(found, call, HISTORY_MOST)
    return {
        "messages": [m.shown(metadata=call.flag("include_all_metadata")) for m in shown],
        "has_more": bool(cursor),
        "response_metadata": {"next_cursor": cursor},
    }


def info(slack: Workspace, team: Team, call: Call) -> Json:
    place = slack.channel(call.need("channel"))
    if place.is_private and team.bot not in place.members:
        raise ApiError("channel_not_found")
    return {"channel": place.shown(team.bot)}


def open_direct(slack: Workspace, team: Team, call: Call) -> Json:
    users = call.need("users").split(",")
    if len(users) > 1:
        raise ApiError("method_not_supported_for_channel_type")
    return {"channel": {"id": slack.direct(users[0], team.id).id}}


def channel_list(slack: Workspace, team: Team, call: Call) -> Json:
    found = [c for c in slack.channels.values() if c.team == team.id and _asked_for(c, call)]
    if call.flag("exclude_archived"):
        found = [c for c in found if not c.is_archived]
    shown, cursor = _page(found, call, 1_000)
    return {
        "channels": [c.shown(team.bot) for c in shown],
        "response_metadata": {"next_cursor": cursor},
    }


def _asked_for(place: Channel, call: Call) -> bool:
    kind = "im" if place.user else "private_channel" if place.is_private else "public_channel"
    return kind in call.text("types", "public_channel").split(",")


def user_conversations(slack: Workspace, team: Team, call: Call) -> Json:
    user = call.text("user") or team.bot
    told = channel_list(slack, team, call)
    told["channels"] = [c for c in told["channels"] if user in slack.channels[c["id"]].members]
    return told


def members(slack: Workspace, _team: Team, call: Call) -> Json:
    found = sorted(slack.channel(call.need("channel")).members)
    shown, cursor = _page(found, call, 1_000)
    return {"members": shown, "response_metadata": {"next_cursor": cursor}}


# users


def user_info(slack: Workspace, team: Team, call: Call) -> Json:
    return {"user": slack.user(call.need("user")).shown(team.id)}


def user_list(slack: Workspace, team: Team, call: Call) -> Json:
    found = [u for u in slack.users.values() if u.team == team.id]
    shown, cursor = _page(found, call, 1_000)
    return {
        "members": [u.shown(team.id) for u in shown],
        "response_metadata": {"next_cursor": cursor},
    }


# views


def open_view(slack: Workspace, _team: Team, call: Call) -> Json:
    user = slack.pull(call.need("trigger_id"))
    body = _view(call)
    if body.get("type") != "modal":
        raise ApiError("invalid_arguments")
    if slack.views.get(user):
        # A new modal takes the place of what was open.
        slack.views[user] = []
    return {"view": slack.push(user, body).shown()}


def push_view(slack: Workspace, _team: Team, call: Call) -> Json:
    user = slack.pull(call.need("trigger_id"))
    return {"view": slack.push(user, _view(call)).shown()}


def update_view(slack: Workspace, _team: Team, call: Call) -> Json:
    view = slack.open_view(call.need("view_id"))
    if (hash := call.text("hash")) and hash != view.hash:
        raise ApiError("hash_conflict")
    return {"view": slack.replace(view, _view(call)).shown()}


def publish_view(slack: Workspace, team: Team, call: Call) -> Json:
    user = slack.user(call.need("user_id"))
    body = _view(call)
    if body.get("type") != "home":
        raise ApiError("invalid_arguments")
    slack.check_view(body)
    before = slack.homes.get(user.id)
    if before is not None and (hash := call.text("hash")) and hash != before.hash:
        raise ApiError("hash_conflict")
    id = before.id if before else f"V{slack.number():08d}"
    view = View(id, user.id, team.id, body, slack.hash(), root=id)
    slack.homes[user.id] = view
    return {"view": view.shown()}


# files, oauth


def file_info(slack: Workspace, _team: Team, call: Call) -> Json:
    id = call.need("file")
    if id not in slack.files:
        raise ApiError("file_not_found")
    return {"file": slack.files[id].shown(call.values["_base"])}


def oauth_access(slack: Workspace, call: Call, authorization: str) -> Json:
    """A code, or a refresh token, for tokens; each is good once. The app's id is not checked."""
    if authorization.startswith("Basic "):
        base64.b64decode(authorization[6:], validate=True)
    elif not call.text("client_id") or not call.text("client_secret"):
        raise ApiError("bad_client_secret")
    if call.text("grant_type") == "refresh_token":
        asked = call.text("refresh_token")
        teams = [t for t in slack.teams.values() if t.refresh and t.refresh == asked]
        if not teams:
            raise ApiError("invalid_refresh_token")
        team = teams[0]
    else:
        id = slack.codes.pop(call.need("code"), None)
        if id is None:
            raise ApiError("invalid_code")
        team = slack.teams[id]
    team.token = f"xoxe.xoxb-{team.id}-{slack.number()}"
    team.refresh = f"xoxe-1-{team.id}-{slack.number()}"
    return {
        "access_token": team.token,
        "refresh_token": team.refresh,
        "expires_in": 43_200,
        "token_type": "bot",
        "scope": ",".join(sorted(team.scopes or {"commands", "chat:write"})),
        "bot_user_id": team.bot,
        "app_id": "A0DULY",
        "team": {"id": team.id, "name": team.name},
        "enterprise": None,
        "is_enterprise_install": False,
        "authed_user": {"id": "U0INSTALLER"},
    }


# what they share


def _place(slack: Workspace, team: Team, id: str) -> Channel:
    """Destination of a post: a channel the bot is in, or a person's direct messages."""
    if id in slack.users:
        return slack.direct(id, team.id)
    place = slack.channel(id)
    if place.user is not None and slack.user(place.user).deleted:
        raise ApiError("user_disabled")
    if place.is_archived:
        raise ApiError("is_archived")
    return _joined(slack, team, id)


def _joined(slack: Workspace, team: Team, id: str) -> Channel:
    place = slack.channel(id)
    if team.bot not in place.members:
        raise ApiError("channel_not_found" if place.is_private else "not_in_channel")
    return place


def _blocks(call: Call) -> list[Json]:
    return call.values.get("blocks") or []


def _view(call: Call) -> Json:
    body = call.values.get("view")
    if not isinstance(body, dict):
        raise ApiError("invalid_arguments")
    return body


def _metadata(slack: Workspace, call: Call) -> Json | None:
    found = call.values.get("metadata")
    if found is None:
        return None
    flat = isinstance(found, dict) and isinstance(found.get("event_payload"), dict)
    if not flat or not found.get("event_type"):
        slack.troubles.append(f"metadata {found!r}")
        raise ApiError("invalid_metadata_format")
    return dict(found)


def _page(found: Sequence[Any], call: Call, most: int) -> tuple[list[Any], str]:
    limit = min(int(call.text("limit", "100") or 100), most)
    start = int(call.text("cursor", "0") or 0)
    cursor = str(start + limit) if start + limit < len(found) else ""
    return list(found[start : start + limit]), cursor


METHODS: dict[str, tuple[Method, str]] = {
    "auth.test": (auth_test, ""),
    "auth.revoke": (auth_revoke, ""),
    "team.info": (team_info, "team:read"),
    "chat.postMessage": (post_message, "chat:write"),
    "chat.postEphemeral": (post_ephemeral, "chat:write"),
    "chat.update": (update_message, "chat:write"),
    "chat.getPermalink": (get_permalink, ""),
    "conversations.history": (history, "channels:history|groups:history|im:history"),
    "conversations.replies": (replies, "channels:history|groups:history|im:history"),
    "conversations.info": (info, "channels:read|groups:read|im:read"),
    "conversations.open": (open_direct, "im:write"),
    "conversations.list": (channel_list, "channels:read|groups:read|im:read"),
    "conversations.members": (members, "channels:read|groups:read|im:read"),
    "users.conversations": (user_conversations, "channels:read|groups:read|im:read"),
    "users.info": (user_info, "users:read"),
    "users.list": (user_list, "users:read"),
    "views.open": (open_view, ""),
    "views.push": (push_view, ""),
    "views.update": (update_view, ""),
    "views.publish": (publish_view, ""),
    "files.info": (file_info, "files:read"),
}
"""Each method with the scope it needs, or the scopes of which one is enough."""
