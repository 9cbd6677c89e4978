"""Model of a Slack: teams, people, channels, messages, views and files."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]


class ApiError(Exception):
    """A method's refusal: `error` is Slack's word for it, `told` adds to the answer."""

    def __init__(self, error: str, **told: Any) -> None:
        super().__init__(error)
        self.error = error
        self.told = told


@dataclass
class Team:
    """A workspace in which the app is installed, with the app's token there."""

    id: str
    name: str
    token: str
    bot: str
    """The bot's user id."""
    scopes: frozenset[str] | None = None
    """Scopes of the token; None for all."""
    refresh: str | None = None


@dataclass
class User:
    id: str
    team: str
    name: str
    deleted: bool = False
    is_bot: bool = False
    is_restricted: bool = False
    is_ultra_restricted: bool = False
    is_admin: bool = False

    def shown(self, asking: str) -> Json:
        """As users.info tells it to an app of the team `asking`."""
        return {
            "id": self.id,
            "team_id": self.team,
            "name": self.name.split()[0].lower(),
            "real_name": self.name,
            "deleted": self.deleted,
            "is_bot": self.is_bot,
            "is_app_user": False,
            "is_admin": self.is_admin,
            "is_restricted": self.is_restricted,
            "is_ultra_restricted": self.is_ultra_restricted,
            "is_stranger": self.team != asking,
            "tz": "Europe/London",
            "profile": {"real_name": self.name, "display_name": "", "team": self.team},
        }


@dataclass
class Channel:
    id: str
    team: str
    name: str = ""
    members: set[str] = field(default_factory=set)
    user: str | None = None
    """The person of a direct message with the bot."""
    is_archived: bool = False
    is_private: bool = False
    is_ext_shared: bool = False

    def shown(self, bot: str) -> Json:
        """As conversations.info tells it."""
        if self.user is not None:
            return {"id": self.id, "is_im": True, "user": self.user, "is_archived": False}
        return {
            "id": self.id,
            "name": self.name,
            "is_channel": not self.is_private,
            "is_group": self.is_private,
            "is_im": False,
            "is_mpim": False,
            "is_private": self.is_private,
            "is_archived": self.is_archived,
            "is_member": bot in self.members,
            "is_shared": self.is_ext_shared,
            "is_ext_shared": self.is_ext_shared,
            "is_org_shared": False,
            "context_team_id": self.team,
            "num_members": len(self.members),
        }


@dataclass
class Message:
    """One message; `only_for` is the person who alone sees it (ephemeral)."""

    ts: str
    channel: str
    user: str
    text: str
    blocks: list[Json] = field(default_factory=list)
    metadata: Json | None = None
    thread_ts: str | None = None
    only_for: str | None = None
    edits: int = 0
    files: list[Json] = field(default_factory=list)
    unfurls: bool = True
    by_bot: bool = False

    def shown(self, *, metadata: bool = False) -> Json:
        """As history, a payload or an answer tells it."""
        told: Json = {"type": "message", "user": self.user, "ts": self.ts, "text": self.text}
        if self.by_bot:
            told |= {"bot_id": f"B{self.user[1:]}", "app_id": "A0DULY"}
        if self.blocks:
            told["blocks"] = self.blocks
        if self.thread_ts is not None:
            told["thread_ts"] = self.thread_ts
        if self.files:
            told |= {"files": self.files, "subtype": "file_share"}
        if self.edits:
            told["edited"] = {"user": self.user, "ts": self.ts}
        if metadata and self.metadata is not None:
            told["metadata"] = self.metadata
        return told


@dataclass
class View:
    """A modal on a person's stack, or their Home."""

    id: str
    user: str
    team: str
    body: Json
    hash: str
    root: str
    previous: str | None = None

    def shown(self, values: Json | None = None) -> Json:
        """As views.* and payloads tell it; `values` is what stands in its inputs."""
        kept = {"private_metadata": "", "callback_id": "", "close": None, "submit": None}
        return {
            **kept,
            **self.body,
            "id": self.id,
            "team_id": self.team,
            "app_id": "A0DULY",
            "bot_id": "B0DULY",
            "hash": self.hash,
            "root_view_id": self.root,
            "previous_view_id": self.previous,
            "state": {"values": values or {}},
        }


@dataclass
class File:
    id: str
    name: str
    content: bytes
    user: str
    team: str
    size: int | None = None
    """Size by files.info; the content's where None."""

    def shown(self, base: str) -> Json:
        url = f"{base}/files-pri/{self.team}-{self.id}"
        return {
            "id": self.id,
            "name": self.name,
            "title": self.name,
            "filetype": self.name.rpartition(".")[2],
            "mimetype": "application/octet-stream",
            "size": len(self.content) if self.size is None else self.size,
            "user": self.user,
            "mode": "hosted",
            "is_external": False,
            "file_access": "visible",
            "url_private": f"{url}/{self.name}",
            "url_private_download": f"{url}/download/{self.name}",
        }


@dataclass(frozen=True)
class Call:
    """One call of a method, as it came in."""

    method: str
    token: str
    values: Json
    at: float
    """Seconds on the fake's own clock."""
    outcome: str = "ok"

    def text(self, name: str, default: str = "") -> str:
        value = self.values.get(name)
        return default if value is None else str(value)

    def need(self, name: str) -> str:
        """A value that has to be there. Raises ApiError."""
        if not (value := self.text(name)):
            raise ApiError("invalid_arguments", response_metadata={"messages": [f"no {name}"]})
        return value

    def flag(self, name: str) -> bool:
        return self.text(name).lower() in ("1", "true")
