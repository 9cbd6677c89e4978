"""`duly demo`: a store filled from the samples at 3 January 2023, and the page that shows it."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.pretended_clock import set_clock
from bot.web.demo_store import DemoStore
from db.backend import read_address, without_password
from db.clock import PretendedClock
from db.errors import StoreUnusable
from db.queries.history import latest_moment
from db.store import Actor, Store
from governance.errors import DulyError

DEMO_URL = "sqlite:///duly-demo.db"
DEMONSTRATION = "demonstration"
FILLED = "demonstration_filled"
BEGUN = datetime(2023, 1, 3, 9, tzinfo=ZoneInfo("Europe/London"))
SAMPLES = Path(__file__).resolve().parent.parent / "samples"
ACTOR = Actor("demo", "demo")


class NoDemonstration(DulyError):
    """Error: the store is not one that the demonstration may use, or the samples are missing."""


def serve(
    url: str = DEMO_URL,
    *,
    at: datetime | None = None,
    host: str = "127.0.0.1",
    port: int = 8080,
    tick_seconds: float = 30,
    anyone: bool = False,
    say: Callable[[str], object] = print,
) -> None:
    """Serve the demonstration in the foreground until SIGTERM or Ctrl-C.

    `at` is where the clock begins (naive: in the organisation's zone); without it, where the
    store's own time had come to. `say` gets the one line with the address. Raises
    NoDemonstration for a store that was not created as a demonstration, and for a `host` that
    others can reach unless `anyone` may use the page, since it has no login; CannotListen.
    """
    from bot import serving
    from bot.readiness import StoreProbe
    from bot.settings import on_loopback
    from bot.web.app import create_app
    from scheduler.ticking import IntervalTicker

    named = f"[{host}]" if ":" in host else host
    if not anyone and not on_loopback(f"http://{named}/"):
        raise NoDemonstration(
            f"The demonstration has no login, and at DULY_HOST={host} others could use it; set "
            "DULY_HOST=127.0.0.1, or let anyone in with --anyone."
        )
    # That a new store is migrated is no news to whoever starts a demonstration.
    logging.getLogger("alembic").setLevel(logging.WARNING)
    demo = open_demonstration(url, at)
    listening = serving.listen(host, port)
    bound = listening.getsockname()[1]
    ticker = IntervalTicker(demo.tick, tick_seconds)
    probe = StoreProbe(lambda: [demo.store])

    def reasons() -> list[str]:
        return [*ticker.reasons(), *probe.reasons()]

    app = create_app(demo, host=host, port=bound, ready=reasons)
    say(f"Duly's demonstration is at http://{named}:{bound} (Ctrl-C ends it).")
    serving.serve(app, listening, ticker, demo.stopping)
    demo.store.close()


def open_demonstration(
    url: str = DEMO_URL, at: datetime | None = None, samples: Path = SAMPLES
) -> DemoStore:
    """The demonstration at `url`, created and filled where there is none yet."""
    path = _file(url)
    filled = _is_filled(path)
    clock = PretendedClock(BEGUN, running=True)

    def rebuild() -> Store:
        return _build(url, path, clock, samples)

    store = _open(url, clock) if filled else rebuild()
    _set_clock(store, clock, at)
    return DemoStore(store=store, clock=clock, begun=BEGUN, rebuild=rebuild)


def _open(url: str, clock: PretendedClock) -> Store:
    from bot.settings import load_settings

    return Store(url, clock, audit_key=load_settings().audit_bytes)


def _file(url: str) -> Path:
    try:
        parsed = read_address(url)
    except StoreUnusable as error:
        raise NoDemonstration(f"{error.sentence} Without --db it is {DEMO_URL}.") from error
    if parsed.get_backend_name() != "sqlite" or not parsed.database:
        raise NoDemonstration(
            "The demonstration keeps its store in an SQLite file, and "
            f"{without_password(url)!r} is none; without --db it uses {DEMO_URL}."
        )
    if parsed.database == ":memory:" or parsed.database.startswith("file:"):
        raise NoDemonstration(f"The demonstration needs a file; without --db it uses {DEMO_URL}.")
    return Path(parsed.database)


def _is_filled(path: Path) -> bool:
    """True if a whole demonstration is there. Raises NoDemonstration for any other store.

    Read without opening it as a store: somebody's real one must not be migrated for this.
    """
    if not path.exists() or path.stat().st_size == 0:
        return False
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as file:
            marks = dict(file.execute("SELECT key, value FROM mark"))
    except sqlite3.DatabaseError:
        marks = {}
    if marks.get("kind") != DEMONSTRATION:
        default = Path(DEMO_URL.removeprefix("sqlite:///"))
        cure = (
            f"move {path} away, or name another with --db"
            if path.resolve() == default.resolve()
            else f"without --db it uses {default}, which it creates itself"
        )
        raise NoDemonstration(
            f"{path} was not created as a demonstration, so `duly demo` leaves it alone; {cure}."
        )
    return FILLED in marks


def _build(url: str, path: Path, clock: PretendedClock, samples: Path) -> Store:
    """A new store at `url`, with the sample organisation and the sample records of BEGUN."""
    from db.importing.records import import_record
    from db.organisation.apply import apply_organisation
    from documents.organisation import read_organisation
    from documents.readers import read_document

    organisation = samples / "organisation.yaml"
    records = sorted(p for p in (samples / "records").glob("*") if p.is_file())
    if not organisation.is_file() or not records:
        raise NoDemonstration(
            f"The demonstration is made from the samples, and {samples} does not hold them; "
            "run `duly demo` from a clone of the project (`make demo`)."
        )
    _remove(path)
    running, clock.running = clock.running, False
    clock.set(BEGUN)
    try:
        store = _open(url, clock)
        with store.write(ACTOR) as writing:
            writing.set_mark("kind", DEMONSTRATION)
        with store.write(ACTOR) as writing:
            text = organisation.read_text(encoding="utf-8")
            apply_organisation(writing, read_organisation(text, organisation.name))
        for record in records:
            read = read_document(record.name, record.read_bytes())
            with store.write(ACTOR) as writing:
                import_record(writing, read, record.name)
        with store.write(ACTOR) as writing:
            writing.set_mark(FILLED, BEGUN.isoformat())
    finally:
        clock.running = running
        clock.set(BEGUN)
    return store


def _remove(path: Path) -> None:
    try:
        for suffix in ("", "-wal", "-shm", "-journal"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
    except OSError as error:
        raise NoDemonstration(f"{path} cannot be rebuilt: {error.strerror}.") from error


def _set_clock(store: Store, clock: PretendedClock, at: datetime | None) -> None:
    """Go on from `at`, or from where this store's own time had come to."""
    if at is not None:
        set_clock(store, at)
        return
    with store.read() as reading:
        ticked = reading.mark("last_tick")
        changed = latest_moment(reading)
    known = [BEGUN, *([datetime.fromisoformat(ticked)] if ticked else [])]
    clock.set(max([*known, changed] if changed else known))
