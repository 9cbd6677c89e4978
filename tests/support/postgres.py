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
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg

from db.clock import Clock
from db.engine import Backend, open_backend
from db.upgrade import prepare

PLACES = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql*/bin")
USER = "duly"
SETTINGS = {
    # what is lost with the machine may be lost
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "32MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum": "off",
    "listen_addresses": "127.0.0.1",
}
PATIENCE = 60.0


@dataclass(frozen=True)
class Server:
    """A running server; a test may end it and start it again."""

    place: Path
    port: int

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
    found = [
        (float(bin.parent.name.strip("abcdefghijklmnopqrstuvwxyz@-") or 0), bin)
        for pattern in PLACES
        for bin in Path("/").glob(pattern.lstrip("/"))
        if (bin / "initdb").exists()
    ]
    if found:
        return max(found)[1]
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
            server = Server(place, _free_port())
            process = start(server)
            if process is not None:
                break
        else:
            raise RuntimeError((place / "log").read_text())
        try:
            yield server
        finally:
            process.send_signal(signal.SIGQUIT)
            process.wait(PATIENCE)
    finally:
        shutil.rmtree(place, ignore_errors=True)


def start(server: Server) -> subprocess.Popen[bytes] | None:
    """Start a server and wait until it answers; None where something else has its port."""
    options = [f"-c{name}={value}" for name, value in SETTINGS.items()]
    command = [binaries() / "postgres", "-D", "data", "-p", str(server.port), "-k", ".", *options]
    with (server.place / "log").open("ab") as log:
        process = subprocess.Popen(
            command,
            cwd=server.place,
            stdout=log,
            stderr=log,
            preexec_fn=_die_with_us,
            **_somebody(),
        )
    end = time.monotonic() + PATIENCE
    while process.poll() is None:
        with suppress(psycopg.OperationalError):
            server.connect().close()
            return process
        if time.monotonic() > end:
            process.kill()
            raise RuntimeError((server.place / "log").read_text())
        time.sleep(0.02)
    return None


def _as_somebody(place: Path, program: str, *arguments: str) -> None:
    somebody = _somebody()
    if somebody:
        os.chown(place, somebody["user"], somebody["group"])
    subprocess.run(
        [binaries() / program, *arguments], cwd=place, check=True, capture_output=True, **somebody
    )


def _somebody() -> dict[str, int]:
    """Postgres refuses to run as root: then it runs as Debian's own user for it, or nobody."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        with suppress(KeyError):
            found = pwd.getpwnam(name)
            return {"user": found.pw_uid, "group": found.pw_gid}
    raise RuntimeError("Postgres does not run as root, and there is no other user to run it.")


def _die_with_us() -> None:
    """Linux ends the server when this process is killed before it could."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(1, signal.SIGQUIT)


def _free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        port: int = asked.getsockname()[1]
        return port


class SharedStore:
    """One store in a server, put back to what it was when it was created before each test."""

    def __init__(self, server: Server, clock: Clock) -> None:
        self._server = server
        self._clock = clock
        self._number = 0
        self._create()

    def _create(self) -> None:
        self._number += 1
        self._database = f"shared{self._number}"
        self.backend: Backend = open_backend(self._server.create(self._database))
        prepare(self.backend, self._clock)
        self._connection = self._server.connect(self._database)
        self._guards = self._guarding()
        self._back = self._way_back()

    def _way_back(self) -> bytes:
        """The statements that bring back what the tables hold now, and the sequences' places."""
        ask = self._connection.execute
        tables = [
            name for (name,) in ask("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        ]
        ask("CREATE SCHEMA first")
        steps = ["SET session_replication_role = replica", "BEGIN"]  # no trigger, no foreign key
        for name in tables:
            ask(f'CREATE TABLE first."{name}" AS TABLE public."{name}"'.encode())
            steps.append(f'DELETE FROM public."{name}"')
            if ask(f'SELECT 1 FROM first."{name}" LIMIT 1'.encode()).fetchone():
                steps.append(f'INSERT INTO public."{name}" SELECT * FROM first."{name}"')
        for name, last in ask("SELECT sequencename, last_value FROM pg_sequences").fetchall():
            place = f"{last}, true" if last is not None else "1, false"
            steps.append(f"SELECT setval('\"{name}\"', {place})")
        return "; ".join([*steps, "COMMIT"]).encode()

    def _guarding(self) -> object:
        return self._connection.execute(
            "SELECT array_agg(tgname ORDER BY 1) FROM pg_trigger"
        ).fetchone()

    def renewed(self) -> Backend:
        """The store as new; a new one altogether where a test took its guards away."""
        self._connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = "
            "current_database() AND pid <> pg_backend_pid() AND state LIKE 'idle in transaction%'"
        )
        if self._guarding() != self._guards:
            self.close()
            self._create()
        else:
            self._connection.execute(self._back)
        return self.backend

    def close(self) -> None:
        self.backend.close()
        self._connection.close()
