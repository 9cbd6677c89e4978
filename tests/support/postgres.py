"""A private Postgres server for a test run, and one store in it that every test finds new.

Making a database for each test takes 25 ms, and connecting to it afresh 100 more; so the tests of
a run share one, whose tables are put back to what a store just created holds (2 ms).
"""

from __future__ import annotations

import ctypes
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import psycopg

from db.backend import Backend
from db.clock import Clock
from db.migrate import prepare
from db.store import open_backend
from tests.support.ports import free_port

PLACES = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql*/bin")
USER = "duly"
SETTINGS = {
    # what is lost with the machine may be lost
    "fsync": "off",
    "full_page_writes": "off",
    "shared_buffers": "32MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum": "off",
    "listen_addresses": "127.0.0.1",
}
PATIENCE = 60.0


@dataclass
class Server:
    """A server; a test that has one of its own may end it and start it again."""

    place: Path
    port: int
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> bool:
        """Start it and wait until it answers; False where something else has its port."""
        options = [f"-c{name}={value}" for name, value in SETTINGS.items()]
        program = str(binaries() / "postgres")
        command = [program, "-D", "data", "-p", str(self.port), "-k", ".", *options]
        with (self.place / "log").open("ab") as log:
            self.process = subprocess.Popen(
                command, cwd=self.place, stdout=log, stderr=log, preexec_fn=_die_with_us,
                **_somebody(),
            )  # fmt: skip
        end = time.monotonic() + PATIENCE
        while self.process.poll() is None:
            with suppress(psycopg.OperationalError):
                self.connect().close()
                return True
            if time.monotonic() > end:
                break
            time.sleep(0.02)
        self.stop()
        return False

    def stop(self) -> None:
        """End it as a power cut would; what was committed stays."""
        if self.process is not None:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait(PATIENCE)
            self.process = None

    def address(self, database: str, user: str = USER) -> str:
        return f"postgresql+psycopg://{user}@127.0.0.1:{self.port}/{database}"

    def connect(self, database: str = "postgres") -> psycopg.Connection:
        return psycopg.connect(
            host="127.0.0.1", port=self.port, user=USER, dbname=database, autocommit=True
        )

    def create(self, database: str) -> str:
        """The address of a new and empty database."""
        with self.connect() as connection:
            connection.execute(f'CREATE DATABASE "{database}" STRATEGY file_copy'.encode())
        return self.address(database)


def binaries() -> Path:
    """The folder of `initdb` and `postgres`, the newest; Debian keeps them off the PATH."""
    versions = [
        (float(bin.parent.name.strip("abcdefghijklmnopqrstuvwxyz@-") or 0), bin)
        for pattern in PLACES
        for bin in Path("/").glob(pattern.lstrip("/"))
        if (bin / "initdb").exists()
    ]
    if versions:
        return max(versions)[1]
    named = shutil.which("initdb")
    if named is None:
        raise RuntimeError("The tests need Postgres; `make test` installs it (.ci/postgres).")
    return Path(named).resolve().parent


@contextmanager
def running_server() -> Iterator[Server]:
    """A server of this process's own, which ends with it, however that ends."""
    place = Path(tempfile.mkdtemp(prefix="duly-pg-"))
    try:
        _as_somebody(place, "initdb", "-D", "data", "-A", "trust", "-U", USER, "-E", "UTF8",
                     "--locale=C.UTF-8", "--no-sync")  # fmt: skip
        for _ in range(5):
            server = Server(place, free_port())
            if server.start():
                break
        else:
            raise RuntimeError((place / "log").read_text())
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _as_somebody(place: Path, program: str, *arguments: str) -> None:
    somebody = _somebody()
    if somebody:
        os.chown(place, somebody["user"], somebody["group"])
    command = [str(binaries() / program), *arguments]
    subprocess.run(command, cwd=place, check=True, capture_output=True, **somebody)


def _somebody() -> dict[str, Any]:
    """Postgres refuses to run as root: then it runs as Debian's own user for it, or nobody."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        with suppress(KeyError):
            user = pwd.getpwnam(name)
            return {"user": user.pw_uid, "group": user.pw_gid}
    raise RuntimeError("Postgres does not run as root, and there is no other user to run it.")


def _die_with_us() -> None:
    """Linux ends the server when this process is killed before it could."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(1, signal.SIGQUIT)


class SharedStore:
    """One store in a server, put back to what it was when it was created before each test."""

    def __init__(self, server: Server, clock: Clock) -> None:
        self._server = server
        self._clock = clock
        self._number = 0
        self._create()

    def _create(self) -> None:
        self._number += 1
        database = f"shared{self._number}"
        self.backend: Backend = open_backend(self._server.create(database))
        _shared[self.backend] = self
        prepare(self.backend, self._clock)
        self._connection = self._server.connect(database)
        self._guards = self._guarding()
        self._ways: dict[object, bytes] = {}
        """Statements that bring back what the tables held at some time, in one go."""
        self.keep(None)

    def keep(self, what: object) -> None:
        """Keep what the tables hold now, and the sequences' places."""
        ask = self._connection.execute
        place = f"kept{len(self._ways)}"
        tables = ask("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        ask(f"CREATE SCHEMA {place}".encode())
        steps = ["SET session_replication_role = replica", "BEGIN"]  # no trigger, no foreign key
        for (name,) in tables:
            steps.append(f'DELETE FROM public."{name}"')
            if ask(f'SELECT 1 FROM public."{name}" LIMIT 1'.encode()).fetchone():
                ask(f'CREATE TABLE {place}."{name}" AS TABLE public."{name}"'.encode())
                steps.append(f'INSERT INTO public."{name}" SELECT * FROM {place}."{name}"')
        for name, last in ask(
            "SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = 'public'"
        ).fetchall():
            at = f"{last}, true" if last is not None else "1, false"
            steps.append(f"SELECT setval('\"{name}\"', {at})")
        self._ways[what] = "; ".join([*steps, "COMMIT"]).encode()

    def bring(self, what: object) -> bool:
        """Bring back what was kept under that name; False where nothing was."""
        if what not in self._ways:
            return False
        self._connection.execute(self._ways[what])
        return True

    def is_fresh(self) -> bool:
        """True of a store that holds nothing but what each is founded with."""
        one = "SELECT (SELECT count(*) FROM organisation) + (SELECT count(*) FROM person)"
        return self._connection.execute(one).fetchone() == (2,)

    def _guarding(self) -> object:
        query = "SELECT array_agg(tgname ORDER BY tgname) FROM pg_trigger"
        return self._connection.execute(query).fetchone()

    def renewed(self) -> Backend:
        """The store as new; a new one altogether where a test took its guards away."""
        self._connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = "
            "current_database() AND pid <> pg_backend_pid() AND state LIKE 'idle in transaction%'"
        )
        if self._guarding() == self._guards:
            self.bring(None)
        else:
            self.close()
            self._create()
        return self.backend

    def close(self) -> None:
        self.backend.close()
        self._connection.close()


_shared: WeakKeyDictionary[Backend, SharedStore] = WeakKeyDictionary()


def sharing(backend: Backend) -> SharedStore:
    """The shared store whose database this is."""
    return _shared[backend]
