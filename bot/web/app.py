"""The page's application: routes, error pages, and the check of each submission."""

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
from bot.web.actions import Actions
from bot.web.conversations import Conversation, Transcript
from bot.web.demo_store import DemoStore
from bot.web.page import MOST_SHOWN, SHOWN, read_page
from bot.web.security import HEADERS, SecurityMiddleware, allowed_hosts
from bot.web.sessions import Notice, Session, Sessions
from db.errors import StoreBusy
from governance.errors import DulyError
from governance.inert import inert

COOKIE = "duly-session"
STATIC = Path(__file__).parent / "static"
STALE = (
    "This page was out of date, so nothing was done. It is fresh now and what you typed is still "
    "here: please send it again."
)

Action = Callable[[Session, Conversation, "Submission"], Conversation | None]


class Submission:
    """One submitted form: its session, path and fields, and whether its token is valid."""

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
        """Idempotency key: the page's nonce and the fields, which a double click sends again."""
        content = repr((self.path, sorted(self.fields.items())))
        return hashlib.sha256(content.encode()).hexdigest()


def create_app(
    demo: DemoStore,
    *,
    host: str = "127.0.0.1",
    port: int = 8080,
    ready: Callable[[], list[str]] = list,
) -> FastAPI:
    """The page on `demo`. `ready` gives the reasons why it is not, if any."""
    sessions = Sessions()
    actions = Actions(demo, Transcript())
    templates = _templates()

    app = FastAPI(title="Duly", openapi_url=None, docs_url=None, redoc_url=None)
    app.add_middleware(SecurityMiddleware, hosts=allowed_hosts(host, port))
    app.mount("/static", StaticFiles(directory=STATIC), name="static")

    def session_of(request: HttpRequest) -> Session:
        """The browser's session, or a new one that begins as the first action owner."""
        return sessions.get(request.cookies.get(COOKIE)) or begin()

    def begin() -> Session:
        session = sessions.new()
        session.persona = actions.first_persona()
        return session

    async def read_submission(request: HttpRequest) -> Submission:
        fields = await request.form(max_files=0, max_fields=100)
        if "token" not in fields:  # no page of ours sent this, not even one that is out of date
            raise HTTPException(403, "This page was out of date, so nothing was done")
        session = sessions.get(request.cookies.get(COOKIE))
        token = str(fields["token"]).encode()
        valid = session is not None and secrets.compare_digest(session.token.encode(), token)
        return Submission(session, request.url.path, fields, valid=valid)

    def with_cookie(response: Response, session: Session) -> Response:
        response.set_cookie(COOKIE, session.id, httponly=True, samesite="strict", path="/")
        return response

    def redirect(path: str, session: Session) -> Response:
        return with_cookie(RedirectResponse(f"{path}#latest", status_code=303), session)

    def error_page(status: int, title: str, sentence: str) -> HTMLResponse:
        body = templates.get_template("refused.html").render(title=title, sentence=sentence)
        return HTMLResponse(body, status_code=status)

    def show(session: Session, conversation: Conversation, shown: int) -> Response:
        with demo.read() as reading:
            page = read_page(
                reading,
                conversation,
                session,
                actions.transcript,
                begun=demo.begun,
                show=max(1, min(shown, MOST_SHOWN)),
            )
            body = templates.get_template("page.html").render(page=page, session=session)
        session.draft = session.draft_moment = ""
        return with_cookie(HTMLResponse(body), session)

    @app.exception_handler(DulyError)
    def failed(_: HttpRequest, error: DulyError) -> Response:
        status = 503 if isinstance(error, StoreBusy) else 500
        return error_page(status, "That did not work", error.sentence)

    @app.exception_handler(HTTPException)
    def not_found(_: HttpRequest, error: HTTPException) -> Response:
        if error.status_code == 404:
            return error_page(404, "Not found", "There is no such conversation or page here.")
        return error_page(error.status_code, "That did not work", f"{error.detail}.")

    @app.exception_handler(Exception)
    def unexpected(_: HttpRequest, error: Exception) -> Response:
        # The outermost place, outside the middleware: whoever asked must be able to name it.
        incident = log_incident(error)
        sentence = f"Duly could not do that. Incident {incident} is in the log."
        page = error_page(500, "Something went wrong", sentence)
        page.headers.update(HEADERS)
        return page

    add_probes(app, ready)

    @app.get("/")
    def home(request: HttpRequest) -> Response:
        session = session_of(request)
        return redirect(actions.direct_messages(session).path, session)

    @app.get("/{kind}/{name}")
    def conversation(request: HttpRequest, kind: str, name: str) -> Response:
        session = session_of(request)
        conversation = actions.conversation(kind, name)
        if conversation is None:
            raise HTTPException(404)
        if conversation.kind == conversations.DIRECT:
            session.persona = conversation.key
        number = request.query_params.get("show", "")
        count = int(number) if number.isdecimal() and len(number) < 6 else SHOWN
        return show(session, conversation, count)

    def on(path: str) -> Callable[[Action], Action]:
        """Route submissions to `path`: checked, acted on once, then redirected to the page."""

        def register(act: Action) -> Action:
            def handle(sent: Submission) -> Response:
                session = sent.session or begin()
                conversation = actions.conversation_at(sent["room"], session)
                if not sent.valid:
                    session.notice = Notice(STALE, ok=False)
                    actions.keep_typed(session, conversation, path, sent.fields)
                elif session.first_time(sent.nonce):
                    conversation = act(session, conversation, sent) or conversation
                return redirect(conversation.path, session)

            async def endpoint(request: HttpRequest) -> Response:
                return await run_in_threadpool(handle, await read_submission(request))

            app.add_route(path, endpoint, methods=["POST"])
            return act

        return register

    @on("/say")
    def say(session: Session, conversation: Conversation, sent: Submission) -> None:
        actions.say(session, conversation, sent["command"] or sent["text"], sent.nonce)

    @on("/press")
    def press(session: Session, conversation: Conversation, sent: Submission) -> None:
        actions.press(session, conversation, sent["entry"], sent["command"], sent.nonce)

    @on("/form")
    def form(session: Session, conversation: Conversation, sent: Submission) -> None:
        actions.submit(session, conversation, sent.fields, sent.nonce)

    @on("/form/close")
    def close(session: Session, _conversation: Conversation, _sent: Submission) -> None:
        session.form = None

    @on("/persona")
    def persona(session: Session, conversation: Conversation, sent: Submission) -> Conversation:
        return actions.become(session, sent["person"], conversation)

    @on("/clock")
    def clock(session: Session, _conversation: Conversation, sent: Submission) -> None:
        actions.move(session, sent["to"], sent["moment"])

    @on("/again")
    def again(session: Session, _conversation: Conversation, _sent: Submission) -> None:
        demo.start_again()
        actions.transcript.forget()
        sessions.forget_store()
        session.notice = Notice("The demonstration begins again.")

    return app


def _finalize(value: object) -> object:
    """What a template writes, without the characters that would turn the page's own text round."""
    return inert(value) if isinstance(value, str) else value


def _templates() -> Environment:
    environment = Environment(
        loader=PackageLoader("bot.web"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_finalize,
    )
    environment.filters.update(
        linked=render.linked,
        fold=render.fold,
        capped=render.capped,
        brag_words=render.brag_words,
        paragraphs=render.paragraphs,
        plain_facts=render.plain_facts,
        plain_subtitle=render.plain_subtitle,
    )
    return environment
