"""Teams' connector on 127.0.0.1: conversations, their messages, people, teams, and faults."""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

from tests.slack.fake.faults import Broken, Faults, Late, Limited, Lost, Reset, Silent

Json = dict[str, Any]

TENANT = "7f1a0000-0000-4000-8000-000000000001"
OTHER_TENANT = "7f1a0000-0000-4000-8000-000000000002"
BOT = "28:d0170000-0000-4000-8000-00000000000b"


@dataclass
class Message:
    """A message of a conversation, as it was last edited."""

    id: str
    activity: Json
    edits: int = 0

    @property
    def card(self) -> Json | None:
        attachments = self.activity.get("attachments") or []
        return attachments[0]["content"] if attachments else None


@dataclass
class Conversation:
    id: str
    kind: str
    messages: list[Message] = field(default_factory=list)

    @property
    def latest(self) -> Message:
        return self.messages[-1]


@dataclass
class Fault:
    """A failure of the connector in place of one call, or (`done`) after it."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: Json = field(default_factory=dict)
    done: bool = False
    """The message is written all the same; status 0 then hangs up without an answer."""


class _Hung(Exception):
    """The connection is to be broken off without an answer."""


class FakeTeams:
    """`with FakeTeams() as teams:` serves at `teams.url`."""

    def __init__(self) -> None:
        self.conversations: dict[str, Conversation] = {}
        self.people: dict[str, Json] = {}
        """The answers of `members`, by account."""
        self.not_installed: set[str] = set()
        """Accounts for whom no personal chat can be opened."""
        self.absent: set[str] = set()
        """Conversations in which Duly is not."""
        self.teams: dict[str, list[Json]] = {}
        self.faults: list[Fault] = []
        """Of the next calls, whatever they are."""
        self.weather = Faults()
        """Those by kind of call ("post", "edit", "open", "member", "channels")."""
        self.calls: list[tuple[str, str]] = []
        self.tokens: list[str] = []
        self.cards: list[Json] = []
        """Every card that was ever shown."""
        self._lock = threading.RLock()
        self._count = 0
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/teams/"
        self._thread = threading.Thread(target=lambda: self._server.serve_forever(0.01))

    def __enter__(self) -> FakeTeams:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join(10)
        self._server.server_close()

    def number(self) -> str:
        with self._lock:
            self._count += 1
            return str(1_672_736_400_000 + self._count)

    def add_person(self, account: str, **described: Any) -> None:
        """Somebody, as `members` describes them."""
        described.setdefault("tenantId", TENANT)
        self.people[account] = {"id": account, "name": account, "userRole": "user", **described}

    def conversation(self, id: str, kind: str = "personal") -> Conversation:
        return self.conversations.setdefault(id, Conversation(id, kind))

    # The connector

    def serve(self, method: str, path: str, body: Json) -> tuple[int, Json, dict[str, str]]:
        """The answer to a call: status, body, headers. Raises _Hung."""
        self.calls.append((method, path))
        self.cards += [each["content"] for each in body.get("attachments", ())]
        parts = [unquote(part) for part in path.split("/")[3:]]
        if self.faults:
            fault = self.faults.pop(0)
            if fault.done:
                self._done(method, parts, body)
            if fault.status == 0:
                raise _Hung
            return fault.status, fault.body, fault.headers
        with self._lock:
            coming = self.weather.take(_kind(method, parts))
        match coming:
            case Limited(seconds):
                return 429, {}, {"Retry-After": str(seconds)}
            case Broken(status):
                return status, {}, {}
            case Reset():
                raise _Hung
            case Silent(seconds, done=False):
                time.sleep(seconds)
                raise _Hung
            case Late(seconds):
                time.sleep(seconds)
        answer = self._done(method, parts, body)
        if isinstance(coming, Silent):
            time.sleep(coming.seconds)
        if isinstance(coming, Silent | Lost | Late):
            raise _Hung
        return (*answer, {})

    def _done(self, method: str, parts: list[str], body: Json) -> tuple[int, Json]:
        with self._lock:
            return self._answer(method, parts, body)

    def _answer(self, method: str, parts: list[str], body: Json) -> tuple[int, Json]:
        match method, parts:
            case "POST", ["conversations"]:
                return self._open(body)
            case "POST", ["conversations", id, "activities"]:
                conversation = self.conversations.get(id) or self._thread_of(id)
                if conversation is None:
                    return _error(404, "ConversationNotFound")
                message = Message(self.number(), body)
                conversation.messages.append(message)
                return 201, {"id": message.id}
            case "PUT", ["conversations", id, "activities", message_id]:
                conversation = self.conversations.get(id) or self._thread_of(id)
                for message in conversation.messages if conversation else ():
                    if message.id == message_id:
                        message.activity, message.edits = body, message.edits + 1
                        return 200, {"id": message.id}
                return _error(404, "ActivityNotFoundInConversation")
            case "GET", ["conversations", id, "members", _] if id in self.absent:
                return _error(403, "BotNotInConversationRoster")
            case "GET", ["conversations", _, "members", account]:
                member = self.people.get(account)
                return (200, member) if member else _error(404, "MemberNotFoundInConversation")
            case "GET", ["teams", id, "conversations"]:
                if id in self.teams:
                    return 200, {"conversations": self.teams[id]}
                return _error(404, "TeamNotFound")
        return _error(405, "MethodNotAllowed")

    def _open(self, body: Json) -> tuple[int, Json]:
        account = str(body["members"][0]["id"])
        if account in self.not_installed or body["tenantId"] != TENANT:
            return _error(403, "BotNotInConversationRoster")
        return 201, {"id": self.conversation(f"a:{account}").id}

    def _thread_of(self, id: str) -> Conversation | None:
        base, mark, _ = id.partition(";messageid=")
        if not mark or base not in self.conversations:
            return None
        return self.conversation(id, "channel")


def _error(status: int, code: str) -> tuple[int, Json]:
    return status, {"error": {"code": code, "message": f"{code}."}}


def _kind(method: str, parts: list[str]) -> str:
    """The kind of a call, as `weather` has it."""
    match method, parts:
        case "POST", ["conversations"]:
            return "open"
        case "POST", _:
            return "post"
        case "PUT", _:
            return "edit"
        case _, ["teams", *_]:
            return "channels"
    return "member"


class _Server(ThreadingHTTPServer):
    request_queue_size = 128
    """Connections that come at one moment; beyond that each waits a second for its next try."""


def _handler(teams: FakeTeams) -> Callable[..., BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # an answer goes out whole

        def _serve(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            content = self.rfile.read(length)
            if len(content) < length:  # whoever asked was killed
                self.close_connection = True
                return
            body = json.loads(content or b"{}")
            teams.tokens.append(self.headers.get("Authorization", ""))
            try:
                status, answer, headers = teams.serve(self.command, self.path, body)
            except _Hung:
                self.close_connection = True
                at_once = struct.pack("ii", 1, 0)
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)
                return
            text = json.dumps(answer).encode()
            self.send_response(status)
            for name, value in {**headers, "Content-Type": "application/json"}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def handle_one_request(self) -> None:
            try:
                super().handle_one_request()
            except ConnectionError:  # or goes away
                self.close_connection = True

        do_GET = do_POST = do_PUT = do_DELETE = _serve  # noqa: N815

        def log_message(self, *_: object) -> None: ...

    return Handler
