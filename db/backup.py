"""Backup of a store while others write to it, and restore of a backup in a store's place.

Both go through SQLite's own backup, into a file of another name that is moved to its place when
it is whole and checked: whatever interrupts them leaves nothing that could be taken for a store.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlmodel import Session, SQLModel, func, select

from db import migrate
from db.audit.verify import Audit, audit_all
from db.backend import driver, read_address, without_password
from db.clock import Clock
from db.errors import StoreUnusable
from db.private_file import opener
from db.store import Store
from db.tables import History, Recommendation
from governance.errors import DulyError

BACKED_UP_AT = "backed_up_at"
"""The mark of a backup: when it was taken, by the machine's clock."""
SIDECARS = ("-wal", "-shm", "-journal")
"""The ends of the names of the files that SQLite keeps beside a store."""


@dataclass(frozen=True)
class Backup:
    """A backup and what is in it: `changes` of the history, of all organisations."""

    file: Path
    size: int
    """Bytes."""
    recommendations: int
    changes: int


@dataclass(frozen=True)
class Restored:
    """A restored store, with the verification of its history by organisation."""

    place: str
    taken: datetime | None
    """The moment of the backup; None for a file that no `duly backup` wrote."""
    recommendations: int
    audits: dict[str, Audit]
    in_doubt: int
    """Messages and reminders that may have gone out since."""


def file_of(url: str, instead: str) -> Path:
    """The file of a store on SQLite. Raises StoreUnusable for any other, naming what to use
    `instead`."""
    parsed = read_address(url)
    if parsed.get_backend_name() == "postgresql":
        raise StoreUnusable(f"A store on Postgres is {instead}.")
    name = parsed.database or ""
    if parsed.get_backend_name() != "sqlite" or name in ("", ":memory:") or name[:5] == "file:":
        raise StoreUnusable(
            f"{without_password(url)} is not a store in a file; write "
            "sqlite:///duly.db, for example."
        )
    return Path(name)


def back_up(store: Store, place: Path, file: Path) -> Backup:
    """Copy the store at `place`, as it is at one moment, to `file`. Others go on writing.

    Raises DulyError where there is no store, where `file` cannot be written or is there already,
    and where the copy does not pass its check; nothing is left behind then.
    """
    if not place.is_file():
        raise StoreUnusable(f"There is no store at {place}.")
    if file.exists() and file.samefile(place):
        raise DulyError(f"{file} is the store itself; name another file for its backup.")
    store.prepare()
    with _made(file) as part:
        with store.engine.connect() as source, closing(sqlite3.connect(part)) as copy:
            # All in one step: in a WAL store that keeps no writer waiting, and sees one moment.
            driver(source).backup(copy)
        with closing(sqlite3.connect(part)) as copy:
            copy.execute("PRAGMA journal_mode=DELETE")  # one file, that can be read where it lies
            copy.execute(
                "INSERT OR REPLACE INTO mark (key, value) VALUES (?, ?)",
                (BACKED_UP_AT, store.clock.machine().isoformat()),
            )
            copy.commit()
            _check(copy, file)
        read = Store(f"sqlite:///{part}", store.clock)
        with closing(read), read.read() as reading:
            recommendations = _count(reading.session, Recommendation)
            changes = _count(reading.session, History)
    return Backup(file, file.stat().st_size, recommendations, changes)


def restore(
    file: Path,
    place: Path,
    *,
    clock: Clock,
    audit_key: bytes | None,
    doubt: Callable[[Store], int],
    unverified: bool = False,
) -> Restored:
    """Put the backup `file` at `place`, where no store may be.

    `doubt` is told of the restored store, before anything else happens to it, and gives how much
    may have been sent since the backup was taken. Raises DulyError for what is no store, or one
    of a newer Duly; for a history that does not verify, unless it may be `unverified`; and where
    there is something at `place` already. Nothing is left behind then.
    """
    if not file.is_file():
        raise DulyError(f"There is no file {file}.")
    for suffix in ("", *SIDECARS):
        there = place.with_name(place.name + suffix)
        if there.exists():
            raise DulyError(
                f"{there} is there already, and is not overwritten; move it away first, or name "
                "another place with --db."
            )
    with _made(place) as part:
        try:
            with (
                closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)) as source,
                closing(sqlite3.connect(part)) as copy,
            ):
                source.backup(copy)
                _check(copy, file)
                _check_kind(copy, file)
        except sqlite3.DatabaseError as error:
            raise StoreUnusable(f"{file} is not a Duly store: {error}.") from error
        store = Store(f"sqlite:///{part}", clock, audit_key=audit_key)
        with closing(store):
            restored = take_over(store, str(place), str(file), doubt, unverified=unverified)
        with closing(sqlite3.connect(part)) as copy:
            copy.execute("PRAGMA journal_mode=DELETE")  # so that nothing of it lies beside it
    with closing(sqlite3.connect(place)) as copy:
        copy.execute("PRAGMA journal_mode=WAL")  # as every store; a new one is made so
    return restored


def take_over(
    store: Store, place: str, file: str, doubt: Callable[[Store], int], *, unverified: bool
) -> Restored:
    """A copy of a store becomes the store at `place`; `file` is what it came from, in words.

    As `restore`, which makes the copy. Raises DulyError for a history that does not verify, unless
    it may be `unverified`.
    """
    store.prepare()
    with store.read() as reading:
        audits = audit_all(reading, store.audit_key, replayed=False)
        taken = reading.mark(BACKED_UP_AT)
        recommendations = _count(reading.session, Recommendation)
    wrong = [problem for one in audits.values() for problem in one.problems]
    if wrong and not unverified:
        raise DulyError(
            f"Not restored, since the history in {file} is not as it was written: {wrong[0]} "
            "Restore it all the same with --unverified."
        )
    return Restored(
        place=place,
        taken=datetime.fromisoformat(taken) if taken else None,
        recommendations=recommendations,
        audits=audits,
        in_doubt=sum(doubt(store.of(key)) for key in audits),
    )


def _count(session: Session, table: type[SQLModel]) -> int:
    return session.exec(select(func.count()).select_from(table)).one()


def _check(copy: sqlite3.Connection, file: Path) -> None:
    problem = copy.execute("PRAGMA integrity_check(1)").fetchone()[0]
    if problem != "ok":
        raise StoreUnusable(f"{file} would not be whole: {problem}.")


def _check_kind(copy: sqlite3.Connection, file: Path) -> None:
    """Raises StoreUnusable for what is no store of this Duly or an older one."""
    names = {row[0] for row in copy.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if not {"alembic_version", "organisation", "recommendation", "history"} <= names:
        raise StoreUnusable(f"{file} is not a Duly store.")
    version = copy.execute("SELECT version_num FROM alembic_version").fetchone()
    if version is None or version[0] > migrate.HEAD:
        number = version[0] if version else "unknown"
        raise StoreUnusable(
            f"{file} was written by a newer Duly (version {number}); upgrade Duly to restore it."
        )


@contextmanager
def _made(file: Path) -> Iterator[Path]:
    """A name beside `file` to write to, moved to `file` at the end, which must not be there.

    Nobody but its owner may read it: a store holds names and encrypted tokens.
    """
    if file.is_dir():
        raise DulyError(f"{file} is a folder; name a file in it.")
    if file.exists() or file.is_symlink():
        raise DulyError(f"{file} is there already, and is not overwritten; name another.")
    if not file.parent.is_dir():
        raise DulyError(f"The folder {file.parent} does not exist; create it first.")
    part = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        os.close(opener(str(part), os.O_CREAT | os.O_EXCL | os.O_WRONLY))
        yield part
        with part.open("rb+") as written:
            os.fsync(written.fileno())
        os.link(part, file)  # unlike a rename, this never replaces what came there meanwhile
    except FileExistsError:
        raise DulyError(f"{file} is there already, and is not overwritten; name another.") from None
    except OSError as error:
        raise DulyError(f"{file} cannot be written: {error.strerror}.") from error
    except sqlite3.OperationalError as error:
        raise DulyError(f"{file} cannot be written: {error}.") from error
    finally:
        for suffix in ("", *SIDECARS):
            part.with_name(part.name + suffix).unlink(missing_ok=True)
