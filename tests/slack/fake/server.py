"""The fake on 127.0.0.1: a thread that answers HTTP and Socket Mode until it is closed."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
import threading
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web

from tests.slack.fake.faults import Broken, Fault, Late, Limited, Lost, Refused, Reset, Silent
from tests.slack.fake.methods import METHODS, Paced, oauth_access
from tests.slack.fake.model import ApiError, Call, Json, Team
from tests.slack.fake.sockets import Sockets
from tests.slack.fake.workspace import Workspace

JSON_VALUES = ("blocks", "attachments", "view", "metadata")
APP_TOKEN = "xapp-pretended"
SIGNING_SECRET = "pretended-signing-secret"
CONNECT = "apps.connections.open"
OAUTH = "oauth.v2.access"
LOGIN_PAGE = "<!DOCTYPE html><title>Sign in</title>"
WAIT_SECONDS = 10


class FakeSlack(Workspace):
    """A workspace that is served. `with FakeSlack() as slack:` and give `slack.api` to the app.

    Leaving the block stops it; `check()` then raises AssertionError for all that Slack would
    not have borne.
    """

    app_token = APP_TOKEN
    signing_secret = SIGNING_SECRET

    def __init__(self) -> None:
        super().__init__()
        self.sockets = Sockets()
        self._loop = asyncio.new_event_loop()
        self._listening = socket.socket()
        self._listening.bind(("127.0.0.1", 0))
        self.base = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        self.api = f"{self.base}/api/"
        self._closing: asyncio.Event | None = None
        self._started = threading.Event()
        self._thread = threading.Thread(target=self._run, name="fake-slack")

    def __enter__(self) -> FakeSlack:
        self._thread.start()
        assert self._started.wait(WAIT_SECONDS), "the fake did not start"
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        if self._closing is not None:
            self._loop.call_soon_threadsafe(self._closing.set)
            self._thread.join(WAIT_SECONDS)
            self._closing = None

    def check(self) -> None:
        """Raises AssertionError for whatever an app did that Slack would not bear."""
        assert self.troubles == []

    # The server

    def _run(self) -> None:
        try:
            self._loop.run_until_complete(self._serve())
            self._loop.run_until_complete(self._ended())
        finally:
            self._loop.close()

    async def _ended(self) -> None:
        """Whatever answer is still kept back is never given, and who came too late gets none."""
        await asyncio.sleep(0)
        for connection in self._server.connections:
            if connection.transport is not None:
                connection.transport.abort()
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        # A connection is closed in the turn after it was told so.
        for _ in range(3):
            await asyncio.sleep(0)

    async def _serve(self) -> None:
        self._closing = asyncio.Event()
        app = web.Application(client_max_size=10_000_000)
        app.router.add_route("*", "/api/{method}", self._api)
        app.router.add_post("/commands/{id}", self._respond)
        app.router.add_get("/files-pri/{file}/{rest:.*}", self._file)
        app.router.add_get("/link", self.sockets.serve)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        site = web.SockSite(runner, self._listening)
        await site.start()
        self.sockets.loop = self._loop
        assert runner.server is not None
        self._server = runner.server
        self._started.set()
        await self._closing.wait()
        await self.sockets.close()
        await runner.cleanup()

    async def _api(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        values = await _values(request)
        authorization = request.headers.get("Authorization", "")
        token = authorization.removeprefix("Bearer ") or str(values.pop("token", ""))
        values["_base"] = self.base
        call = Call(method, token, values, self.now())
        with self.lock:
            fault = self.faults.take(method)
        if (stopped := await _before(request, fault)) is not None:
            self._note(call, type(fault).__name__)
            return stopped
        with self.lock:
            answer, headers, status = self._answer(call, authorization)
            self._note(call, str(answer.get("error", "ok")))
        return await _after(
            request, fault, web.json_response(answer, status=status, headers=headers)
        )

    def _note(self, call: Call, outcome: str) -> None:
        with self.lock:
            self.calls.append(replace(call, outcome=outcome))

    def _answer(self, call: Call, authorization: str) -> tuple[Json, dict[str, str], int]:
        try:
            if call.method == OAUTH:
                return {"ok": True, **oauth_access(self, call, authorization)}, {}, 200
            if call.method == CONNECT:
                if call.token != self.app_token:
                    raise ApiError("not_allowed_token_type")
                return {"ok": True, "url": self.sockets.ticket(self.base)}, {}, 200
            if call.method not in METHODS:
                self.troubles.append(f"unknown method {call.method}")
                raise ApiError("unknown_method", req_method=call.method)
            function, scope = METHODS[call.method]
            team = self.team_of(call.token)
            _check_scope(team, scope)
            headers = {"x-oauth-scopes": ",".join(sorted(team.scopes or ()))}
            return {"ok": True, **function(self, team, call)}, headers, 200
        except Paced as paced:
            return {"ok": False, "error": "ratelimited"}, {"Retry-After": str(paced.seconds)}, 429
        except ApiError as error:
            return {"ok": False, "error": error.error, **error.told}, {}, 200

    async def _respond(self, request: web.Request) -> web.StreamResponse:
        said = json.loads(await request.text())
        call = Call("response_url", "", said, self.now())
        with self.lock:
            fault = self.faults.take("response_url")
        if (stopped := await _before(request, fault)) is not None:
            self._note(call, type(fault).__name__)
            return stopped
        with self.lock:
            try:
                self.respond(request.match_info["id"], said)
                answer = web.Response(text="ok")
                self._note(call, "ok")
            except ApiError as error:
                answer = web.json_response({"ok": False, "error": error.error}, status=404)
                self._note(call, error.error)
        return await _after(request, fault, answer)

    async def _file(self, request: web.Request) -> web.StreamResponse:
        """A file's content; without the token a login page, with status 200 as Slack does."""
        call = Call("files-pri", request.headers.get("Authorization", ""), {}, self.now())
        with self.lock:
            fault = self.faults.take("files-pri")
            self._note(call, "ok")
        if (stopped := await _before(request, fault)) is not None:
            return stopped
        with self.lock:
            found = self.files.get(request.match_info["file"].partition("-")[2])
            allowed = call.token in {f"Bearer {team.token}" for team in self.teams.values()}
        if found is None:
            raise web.HTTPNotFound
        if not allowed:
            return web.Response(text=LOGIN_PAGE, content_type="text/html")
        return web.Response(body=found.content, content_type="application/octet-stream")


def _check_scope(team: Team, scope: str) -> None:
    if team.scopes is None or not scope:
        return
    if not team.scopes & set(scope.split("|")):
        raise ApiError("missing_scope", needed=scope, provided=",".join(sorted(team.scopes)))


async def _values(request: web.Request) -> Json:
    """The values of a call, as JSON or as a form with JSON in some of its fields."""
    text = await request.text()
    values: Json = dict(parse_qsl(request.query_string, keep_blank_values=True))
    if request.content_type == "application/json":
        values |= json.loads(text or "{}")
    else:
        values |= dict(parse_qsl(text, keep_blank_values=True))
    for name in JSON_VALUES:
        if isinstance(values.get(name), str):
            values[name] = json.loads(values[name])
    return values


async def _before(request: web.Request, fault: Fault | None) -> web.StreamResponse | None:
    """The fault that comes instead of doing the call; None when it is to be done."""
    match fault:
        case Limited(seconds):
            answer = {"ok": False, "error": "ratelimited"}
            return web.json_response(answer, status=429, headers={"Retry-After": str(seconds)})
        case Broken(status):
            return web.Response(status=status, text="<html>Something is broken.</html>")
        case Refused(error):
            return web.json_response({"ok": False, "error": error})
        case Reset():
            return _reset(request)
        case Silent(seconds, done=False):
            await asyncio.sleep(seconds)
            return _reset(request)
        case Late(seconds):
            await asyncio.sleep(seconds)
    return None


async def _after(
    request: web.Request, fault: Fault | None, answer: web.StreamResponse
) -> web.StreamResponse:
    if isinstance(fault, Silent):
        await asyncio.sleep(fault.seconds)
        return _reset(request)
    return _reset(request) if isinstance(fault, Lost | Late) else answer


def _reset(request: web.Request) -> web.StreamResponse:
    """Break the connection off, so that the caller sees a reset and no answer."""
    transport: Any = request.transport
    if transport is not None:
        at_once = struct.pack("ii", 1, 0)
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)
        transport.abort()
    return web.Response()
