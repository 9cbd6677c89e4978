"""The page's application: its routes, and what they have in common."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from pathlib import Path

from fastapi import FastAPI
from fastapi import Request as HttpRequest
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from fastapi.staticfiles import StaticFiles
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException

from bot.logs import log_incident
from bot.serving import add_probes
from bot.web import conversations, render
from bot.web.actions import Acts
from bot.web.conversations import Room
from bot.web.demo_store import World
from bot.web.page import MOST_SHOWN, SHOWN, read_page
from bot.web.security import HEADERS, Guard, allowed_hosts, same_token, token_for
from bot.web.sessions import Notice, Session, Sessions
from bot.web.transcript import Transcript
from db.errors import StoreBusy
from governance.errors import DulyError

COOKIE = "duly-session"
STATIC = Path(__file__).parent / "static"
STALE = (
    "This page was out of date, so nothing was done. It is fresh now and what you typed is still "
    "here: please send it again."
)

Act = Callable[[Session, Room, "Posted"], Room | None]


class Posted:
    """One submission: whose, from which conversation, and its fields."""

    def __init__(
        self, session: Session | None, path: str, fields: FormData, *, valid: bool
    ) -> None:
        self.session = session
        self.path = path
        self.fields = {k: v for k, v in fields.multi_items() if isinstance(v, str)}
        self.valid = valid

    def __getitem__(self, name: str) -> str:
        return self.fields.get(name, "")

    @property
    def nonce(self) -> str:
        """The page's once-number with what was sent: a double click sends the same again."""
        said = repr((self.path, sorted(self.fields.items())))
        return hashlib.sha256(said.encode()).hexdigest()


def create_app(
    world: World,
    *,
    host: str = "127.0.0.1",
    port: int = 8080,
    ready: Callable[[], list[str]] = list,
) -> FastAPI:
    """The page on `world`. `ready` gives the reasons why it is not, if any."""
    key = secrets.token_bytes(32)
    sessions = Sessions()
    acts = Acts(world, Transcript())
    templates = _templates()

    app = FastAPI(title="Duly", openapi_url=None, docs_url=None, redoc_url=None)
    app.add_middleware(Guard, hosts=allowed_hosts(host, port))
    app.mount("/static", StaticFiles(directory=STATIC), name="static")

    def session_of(request: HttpRequest) -> Session:
        """The browser's session, or a new one that begins as the first action owner."""
        return sessions.get(request.cookies.get(COOKIE)) or begin()

    def begin() -> Session:
        session = sessions.new()
        session.persona = acts.first_persona()
        return session

    async def posted(request: HttpRequest) -> Posted:
        fields = await request.form(max_files=0, max_fields=100)
        if "token" not in fields:  # no page of ours sent this, not even one that is out of date
            raise HTTPException(403, "This page was out of date, so nothing was done")
        found = sessions.get(request.cookies.get(COOKIE))
        token = str(fields.get("token", ""))
        valid = found is not None and same_token(key, found.id, token)
        return Posted(found, request.url.path, fields, valid=valid)

    def keep(response: Response, session: Session) -> Response:
        response.set_cookie(COOKIE, session.id, httponly=True, samesite="strict", path="/")
        return response

    def go(path: str, session: Session) -> Response:
        return keep(RedirectResponse(f"{path}#latest", status_code=303), session)

    def refused(status: int, title: str, sentence: str) -> HTMLResponse:
        body = templates.get_template("refused.html").render(title=title, sentence=sentence)
        return HTMLResponse(body, status_code=status)

    def show(session: Session, room: Room, shown: int) -> Response:
        with world.read() as reading:
            page = read_page(
                reading,
                room,
                session,
                acts.transcript,
                token=token_for(key, session.id),
                begun=world.begun,
                show=max(1, min(shown, MOST_SHOWN)),
            )
            body = templates.get_template("page.html").render(page=page, session=session)
        session.draft = session.draft_moment = ""
        return keep(HTMLResponse(body), session)

    @app.exception_handler(DulyError)
    def told(_: HttpRequest, error: DulyError) -> Response:
        status = 503 if isinstance(error, StoreBusy) else 500
        return refused(status, "That did not work", error.sentence)

    @app.exception_handler(HTTPException)
    def not_found(_: HttpRequest, error: HTTPException) -> Response:
        if error.status_code == 404:
            return refused(404, "Not found", "There is no such conversation or page here.")
        return refused(error.status_code, "That did not work", f"{error.detail}.")

    @app.exception_handler(Exception)
    def unexpected(_: HttpRequest, error: Exception) -> Response:
        # The outermost place, outside the guard: whoever asked must be able to name it.
        incident = log_incident(error)
        said = f"Duly could not do that. Incident {incident} is in the log."
        page = refused(500, "Something went wrong", said)
        page.headers.update(HEADERS)
        return page

    add_probes(app, ready)

    @app.get("/")
    def home(request: HttpRequest) -> Response:
        session = session_of(request)
        return go(acts.direct_room(session).path, session)

    @app.get("/{kind}/{name}")
    def conversation(request: HttpRequest, kind: str, name: str) -> Response:
        session = session_of(request)
        room = acts.room(kind, name)
        if room is None:
            raise HTTPException(404)
        if room.kind == conversations.DIRECT:
            session.persona = room.key
        asked = request.query_params.get("show", "")
        return show(session, room, int(asked) if asked.isdecimal() and len(asked) < 6 else SHOWN)

    def on(path: str) -> Callable[[Act], Act]:
        """Route what is posted to `path`: checked first, acted on once, then the page again."""

        def register(act: Act) -> Act:
            def acted(sent: Posted) -> Response:
                session = sent.session or begin()
                room = acts.room_at(sent["room"], session)
                if not sent.valid:
                    session.notice = Notice(STALE, ok=False)
                    acts.keep_typed(session, room, path, sent.fields)
                elif session.first_time(sent.nonce):
                    room = act(session, room, sent) or room
                return go(room.path, session)

            async def endpoint(request: HttpRequest) -> Response:
                return await run_in_threadpool(acted, await posted(request))

            app.add_route(path, endpoint, methods=["POST"])
            return act

        return register

    @on("/say")
    def say(session: Session, room: Room, sent: Posted) -> None:
        acts.say(session, room, sent["command"] or sent["text"], sent.nonce)

    @on("/press")
    def press(session: Session, room: Room, sent: Posted) -> None:
        acts.press(session, room, sent["entry"], sent["command"], sent.nonce)

    @on("/form")
    def form(session: Session, room: Room, sent: Posted) -> None:
        acts.submit(session, room, sent.fields, sent.nonce)

    @on("/form/close")
    def close(session: Session, _room: Room, _sent: Posted) -> None:
        session.form = None

    @on("/persona")
    def persona(session: Session, room: Room, sent: Posted) -> Room:
        return acts.become(session, sent["person"], room)

    @on("/clock")
    def clock(session: Session, _room: Room, sent: Posted) -> None:
        acts.move(session, sent["to"], sent["moment"])

    @on("/again")
    def again(session: Session, _room: Room, _sent: Posted) -> None:
        world.start_again()
        acts.transcript.forget()
        sessions.forget_store()
        session.notice = Notice("The demonstration begins again.")

    return app


def _templates() -> Environment:
    environment = Environment(
        loader=PackageLoader("bot.web"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        spoken=render.spoken,
        fold=render.fold,
        most=render.most,
        brag_words=render.brag_words,
        laid_out=render.laid_out,
        plain_facts=render.plain_facts,
        plain_subtitle=render.plain_subtitle,
    )
    return environment
