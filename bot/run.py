"""`duly run`: the configured platforms, the probes and the scheduler, in one process."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, closing
from datetime import datetime, timedelta
from pathlib import Path

from fastapi import FastAPI
from fastapi import Request as HttpRequest
from fastapi.responses import JSONResponse

from bot import serving
from bot.chat.face_group import FaceGroup
from bot.logs import log_incident
from bot.observability import Observability
from bot.platforms import missing, open_faces
from bot.pretended_clock import open_store, set_clock
from bot.readiness import StoreProbe
from bot.settings import PlatformSettings, Settings
from bot.tenant_ticker import TenantTicker
from db.audit.verify import check_key
from db.backend import BATCH_SECONDS
from db.store import Actor, Store
from documents.organisation import read_organisation
from governance.errors import BadConfiguration, DulyError
from scheduler.applying import apply_from_now
from scheduler.ticking import IntervalTicker

ACTOR = Actor("apply", "run")

log = logging.getLogger("duly.run")


def serve(
    settings: Settings,
    platforms: Sequence[PlatformSettings],
    *,
    url: str | None = None,
    at: datetime | None = None,
    say: Callable[[str], object] = print,
) -> None:
    """Serve the configured platforms in the foreground until SIGTERM or Ctrl-C.

    `url` names another store than the settings; from `at` (naive: in the organisation's zone) a
    pretended clock goes on. `say` gets the one line with the address. Raises BadConfiguration
    where no platform is configured, or one that this store must not reach; CannotListen.
    """
    lacking = missing(platforms)
    if lacking is not None:
        raise BadConfiguration(lacking)
    # That a new store is migrated is no news to whoever starts this.
    logging.getLogger("alembic").setLevel(logging.WARNING)
    store = open_store(url or settings.database_url, at, settings.audit_bytes, running=True)
    try:
        check_key(store)
        face = open_faces(store, settings, platforms)
        listening = serving.listen(settings.host, settings.port)
        trouble = apply_at_start(store, settings.organisation)
        if at is not None:
            set_clock(store, at)
        probe = StoreProbe(lambda: tenants.stores or (store,))
        observability = Observability(settings, probe, face.connections)
        claim = timedelta(seconds=settings.claim_seconds)
        tenants = TenantTicker(face, claim, observability.witness)
        # A tick that planned nothing is as bad as one that failed.
        ticker = IntervalTicker(
            tenants.tick,
            settings.tick_seconds,
            ticked=lambda ok, seconds: observability.ticked(ok and not tenants.reasons(), seconds),
        )

        def reasons() -> list[str]:
            applied = [trouble] if trouble else []
            parts = (probe, ticker, tenants, face)
            return [*applied, *(reason for part in parts for reason in part.reasons())]

        app = create_app(face, reasons)
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        say(
            f"Duly runs at http://{host}:{listening.getsockname()[1]}, {face.ways}"
            f"{observability.where} (Ctrl-C ends it)."
        )
        with closing(observability), closing(tenants):
            counted = observability.served(app)
            serving.serve(counted, listening, ticker, tenants.stopping, lifespan=True)
    finally:
        store.close()


def apply_at_start(store: Store, path: Path | None) -> str | None:
    """Apply the organisation file at `path`; gives a sentence for /readyz where it could not be.

    Anybody may ask /readyz, so the sentence has neither the file's folder nor its words. The
    organisation that was applied last then stands. Several processes may start at once.
    """
    if path is None:
        return None
    timeout, store.busy_timeout = store.busy_timeout, BATCH_SECONDS
    try:
        file = read_organisation(path.read_text(encoding="utf-8-sig"), str(path))
        with store.write(ACTOR) as writing:
            outcome = apply_from_now(writing, file)
    except OSError as error:
        return _not_applied(path, f"it cannot be read: {error.strerror}.")
    except UnicodeDecodeError:
        return _not_applied(path, "it is not a text file in UTF-8.")
    except DulyError as error:
        return _not_applied(path, " ".join(error.sentence.split()))
    finally:
        store.busy_timeout = timeout
    for change in outcome.changes:
        log.info("applied", extra={"change": change})
    for warning in outcome.warnings:
        log.warning("applied with a warning", extra={"warning": warning})
    return None


def _not_applied(path: Path, why: str) -> str:
    stands = "was not applied, and the last good organisation stands"
    log.error("organisation not applied", extra={"reason": f"{path} {stands}: {why}"})
    return f"{path.name} {stands}; the log says why."


def create_app(face: FaceGroup, ready: Callable[[], list[str]]) -> FastAPI:
    """The server of one process: its probes, and what the platforms post to."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await face.start()
        yield
        await face.stop()

    app = FastAPI(title="Duly", openapi_url=None, docs_url=None, redoc_url=None, lifespan=lifespan)
    # A redirect to a path without its last slash would go to whatever host the request names.
    app.router.redirect_slashes = False
    serving.add_probes(app, ready)
    face.route(app)

    @app.exception_handler(Exception)
    def unexpected(_: HttpRequest, error: Exception) -> JSONResponse:
        # Starlette logs the error too; this names it to whoever asked.
        return JSONResponse({"error": f"incident {log_incident(error)}"}, status_code=500)

    return app
