"""The floor of `bench.store`: a driver's own connection, and statements written by hand."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg

CLAIM = timedelta(seconds=120)


def plain_sqlite(file: Path) -> Plain:
    connection = sqlite3.connect(file, isolation_level=None)
    connection.execute("PRAGMA synchronous=FULL")
    return Plain(connection, "?")


def plain_postgres(connection: psycopg.Connection) -> Plain:
    return Plain(connection, "%s")


class Plain:
    """Statements on a store's tables, each outside a transaction unless it says so."""

    def __init__(self, connection: Any, mark: str) -> None:
        self._connection = connection
        self._mark = mark
        self._is_sqlite = mark == "?"

    def close(self) -> None:
        self._connection.close()

    def ask(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        done = self._run(statement, *values)
        return list(done.fetchall()) if done.description else []

    def _run(self, statement: str, *values: Any) -> Any:
        said = statement.replace("?", self._mark)
        return self._connection.execute(said, [self._value(v) for v in values])

    def _many(self, statement: str, rows: Sequence[Sequence[Any]]) -> None:
        cursor = self._connection.cursor()
        cursor.executemany(
            statement.replace("?", self._mark), [[self._value(v) for v in row] for row in rows]
        )

    def _value(self, value: Any) -> Any:
        if self._is_sqlite and isinstance(value, datetime):
            return value.strftime("%Y-%m-%d %H:%M:%S.%f")
        return value

    # Filling

    def copy_recommendation(self, count: int) -> None:
        """As many as `count` like the first one, which is one of them."""
        first = self._columns("recommendation")
        others = ", ".join(self._quoted(c) for c in first if c not in ("id", "ref", "number"))
        self.ask(
            f"INSERT INTO recommendation (id, ref, number, {others}) "
            f"SELECT n, CAST(n + 100000 AS text), CAST(n AS text), {others} "
            f"FROM recommendation, ({self._numbers(2, count)}) AS numbers WHERE id = 1"
        )

    def schedule(self, count: int, due: int, before: datetime, now: datetime) -> None:
        """The first `due` recommendations fall due `now`, the others an hour later and more."""
        self.ask("DELETE FROM schedule")
        later = (
            "strftime('%Y-%m-%d %H:%M:%f000', ?, (n - n / 8000 * 8000 + 1) || ' hours')"
            if self._is_sqlite
            else "?::timestamptz + (n - n / 8000 * 8000 + 1) * interval '1 hour'"
        )
        self.ask(
            "INSERT INTO schedule (organisation, subject, planned_through, next_remind_at, "
            "failures) SELECT 1, 'recommendation:' || n, ?, "
            f"CASE WHEN n <= {due} THEN ? ELSE {later} END, 0 "
            f"FROM ({self._numbers(1, count)}) AS numbers",
            before,
            now,
            now,
        )

    def settle(self) -> None:
        """Let the database do what it does by itself in time."""
        self._connection.execute("ANALYZE" if self._is_sqlite else "VACUUM ANALYZE")

    def messages(self, count: int, now: datetime) -> None:
        """So many messages wait, in the place of whatever was there."""
        self.ask("DELETE FROM reminder WHERE message_id IS NOT NULL")
        self.ask("DELETE FROM message")
        self.ask(
            "INSERT INTO message (id, organisation, key, destination, kind, day, text, state, "
            "attempts, repeat, gathered_at, seq, settled, revision, shown) "
            "SELECT n, 1, 'bench/' || n, '#room' || n, 'channel', ?, 'A message of some length.', "
            f"'gathered', 0, {'0' if self._is_sqlite else 'false'}, ?, 0, '{{}}', 0, 0 "
            f"FROM ({self._numbers(1, count)}) AS numbers",
            now.date().isoformat() if self._is_sqlite else now.date(),
            now,
        )

    def _numbers(self, first: int, last: int) -> str:
        if self._is_sqlite:
            return (
                f"WITH RECURSIVE counted(n) AS (SELECT {first} UNION ALL "
                f"SELECT n + 1 FROM counted WHERE n < {last}) SELECT n FROM counted"
            )
        return f"SELECT n FROM generate_series({first}, {last}) AS n"

    def _columns(self, table: str) -> list[str]:
        done = self._connection.execute(f"SELECT * FROM {table} LIMIT 0")
        return [described[0] for described in done.description]

    @staticmethod
    def _quoted(name: str) -> str:
        return f'"{name}"'

    # The floors

    def scan(self, now: datetime) -> list[tuple[Any, ...]]:
        """Due messages, found without the index."""
        asked = (
            "SELECT organisation, subject, planned_through, next_remind_at, failures, "
            f"set_aside_at FROM schedule {'NOT INDEXED ' if self._is_sqlite else ''}"
            "WHERE organisation = 1 AND next_remind_at <= ? AND set_aside_at IS NULL"
        )
        if not self._is_sqlite:
            self.ask("SET enable_indexscan = off")
            self.ask("SET enable_bitmapscan = off")
        try:
            return self.ask(asked, now)
        finally:
            if not self._is_sqlite:
                self.ask("RESET enable_indexscan")
                self.ask("RESET enable_bitmapscan")

    def reminders(self) -> list[list[Any]]:
        """The ledger's rows as they stand, without their numbers."""
        self._reminder = [c for c in self._columns("reminder") if c != "id"]
        listed = ", ".join(self._quoted(c) for c in self._reminder)
        rows = self.ask(f"SELECT {listed} FROM reminder ORDER BY id")
        return [[self._stored(v) for v in row] for row in rows]

    def _stored(self, value: Any) -> Any:
        from psycopg.types.json import Json

        return Json(value) if isinstance(value, dict | list) else value

    def unplan(self, due: int, before: datetime, now: datetime) -> None:
        """As it was before the first `due` were planned."""
        self.ask("DELETE FROM reminder")
        self._many(
            "UPDATE schedule SET planned_through = ?, next_remind_at = ? "
            "WHERE organisation = 1 AND subject = ?",
            [(before, now, f"recommendation:{n}") for n in range(1, due + 1)],
        )

    def plan(self, rows: Sequence[Sequence[Any]], now: datetime) -> None:
        """One transaction: what is due, the recommendations, the ledger's rows, and on."""
        self._begin()
        due = self.ask(
            "SELECT * FROM schedule WHERE organisation = 1 AND next_remind_at <= ? "
            "AND set_aside_at IS NULL",
            now,
        )
        ids = [int(row[1].partition(":")[2]) for row in due]
        marks = ", ".join("?" * len(ids))
        self.ask(
            f"SELECT * FROM recommendation WHERE organisation = 1 AND id IN ({marks})",
            *ids,
        )
        listed = ", ".join(self._quoted(c) for c in self._reminder)
        marks = ", ".join("?" * len(self._reminder))
        self._many(
            f"INSERT INTO reminder ({listed}) VALUES ({marks}) ON CONFLICT DO NOTHING",
            rows,
        )
        self._many(
            "UPDATE schedule SET planned_through = ?, next_remind_at = ?, failures = 0 "
            "WHERE organisation = 1 AND subject = ?",
            [(now, now + timedelta(days=16), row[1]) for row in due],
        )
        self.ask("COMMIT")

    def claim_and_send(self, batch: int, count: int) -> None:
        """Claim a batch and settle it, a transaction each, until none is left."""
        now = datetime(2023, 3, 31, 8, tzinfo=UTC)
        skip = "" if self._is_sqlite else " FOR UPDATE SKIP LOCKED"
        done = 0
        while True:
            self._begin()
            taken = self.ask(
                "UPDATE message SET state = 'claimed', claimed_by = 'me', claimed_until = ?, "
                "attempts = attempts + 1 WHERE id IN (SELECT id FROM message WHERE "
                "organisation = 1 AND state = 'gathered' ORDER BY gathered_at, id "
                f"LIMIT {batch}{skip}) RETURNING *",
                now + CLAIM,
            )
            self.ask("COMMIT")
            if not taken:
                assert done == count
                return
            done += len(taken)
            self._begin()
            marks = ", ".join("?" * len(taken))
            self.ask(
                "UPDATE message SET state = 'sent', platform_id = 'there', sent_at = ?, "
                f"claimed_by = NULL, claimed_until = NULL WHERE id IN ({marks})",
                now,
                *(row[0] for row in taken),
            )
            self.ask("COMMIT")

    def _begin(self) -> None:
        self.ask("BEGIN IMMEDIATE" if self._is_sqlite else "BEGIN")
