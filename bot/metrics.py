"""Metrics for Prometheus, at an address of their own: gauges of the ledger, counters of the work.

The ledger is read at each scrape, so that any replica gives the same gauges; a process's counters
are its own, since its start. No label names a person, a message or an organisation.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import timedelta
from time import time
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from fastapi import FastAPI
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    start_http_server,
)
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.chat.face_group import Connection
from bot.http_limits import REQUEST_SECONDS
from bot.readiness import StoreProbe
from bot.serving import CannotListen
from governance.errors import DulyError
from scheduler.health import UNSENT
from scheduler.watching import Attempt, Outcome

LATE_SECONDS = (1, 5, 15, 30, 60, 120, 300, 600, 1800, 3600, 4 * 3600, 24 * 3600, 72 * 3600)
TICK_SECONDS = (0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 60, 120)
OTHER = "other"
"""Label of a path that is not served here."""


class Metrics:
    """Counters of one process. Implements `scheduler.watching.Witness`."""

    def __init__(self, probe: StoreProbe, connections: Callable[[], Sequence[Connection]]) -> None:
        self.registry = CollectorRegistry(auto_describe=False)
        ProcessCollector(registry=self.registry)
        self.registry.register(_LedgerCollector(probe))
        self.registry.register(_ConnectionsCollector(connections))
        self._sent = self._counter("messages_sent", "Messages that a platform took.", "platform")
        self._repeated = self._counter(
            "messages_repeated", "Messages sent marked as possible repeats.", "platform"
        )
        self._failed = self._counter(
            "attempts_failed",
            "Attempts that delivered nothing, by whether another will follow.",
            "platform",
            "outcome",
        )
        self._claims = self._counter("claims", "Messages claimed for an attempt.")
        self._over = self._counter(
            "claims_taken_over", "Claims of messages whose earlier post was never answered."
        )
        self._ticks = self._counter("ticks", "Ticks of the scheduler.", "outcome")
        self._answers = self._counter("http_answers", "HTTP answers.", "path", "status")
        self._late = Histogram(
            "duly_reminder_lateness_seconds",
            "From a reminder's moment to its delivery, but for snoozed ones.",
            buckets=LATE_SECONDS,
            registry=self.registry,
        )
        self._took = Histogram(
            "duly_tick_seconds",
            "How long a tick took.",
            buckets=TICK_SECONDS,
            registry=self.registry,
        )
        self._last = Gauge(
            "duly_last_tick_timestamp_seconds",
            "When the last good tick ended.",
            registry=self.registry,
        )
        for outcome in ("done", "failed"):  # an alert on one that never happened needs its 0
            self._ticks.labels(outcome)

    def _counter(self, name: str, help: str, *labels: str) -> Counter:
        return Counter(f"duly_{name}", help, labels, registry=self.registry)

    def attempted(self, attempt: Attempt) -> None:
        self._claims.inc()
        if attempt.taken_over:
            self._over.inc()
        if not attempt.sent:
            given_up = attempt.outcome is Outcome.GIVEN_UP
            self._failed.labels(attempt.platform, "given_up" if given_up else "put_off").inc()
            return
        self._sent.labels(attempt.platform).inc()
        if attempt.repeat:
            self._repeated.labels(attempt.platform).inc()

    def delivered(self, late: Sequence[timedelta]) -> None:
        for lateness in late:
            self._late.observe(max(0.0, lateness.total_seconds()))

    def ticked(self, ok: bool, seconds: float) -> None:
        self._ticks.labels("done" if ok else "failed").inc()
        self._took.observe(seconds)
        if ok:
            self._last.set(time())

    def counting(self, app: FastAPI) -> ASGIApp:
        """The app, each of whose answers is counted by its path and its status."""
        paths = {route.path for route in app.routes if isinstance(route, Route)}

        async def count(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http":
                await app(scope, receive, send)
                return
            path = scope["path"] if scope["path"] in paths else OTHER

            async def send_counted(message: Message) -> None:
                if message["type"] == "http.response.start":
                    self._answers.labels(path, str(message["status"])).inc()
                await send(message)

            await app(scope, receive, send_counted)

        return count

    def serve(self, host: str, port: int) -> MetricsServer:
        """Answer GET /metrics at `host` and `port` (0: any free one). Raises CannotListen."""
        try:
            server, thread = start_http_server(port, host, self.registry)
        except OSError as error:
            raise CannotListen(
                f"Duly cannot serve its metrics on {host}:{port}: "
                f"{(error.strerror or str(error)).lower()}. "
                "Choose another address with DULY_METRICS_HOST and DULY_METRICS_PORT."
            ) from error
        server.RequestHandlerClass = _ScrapeHandler
        return MetricsServer(server, thread)


class _ScrapeHandler(WSGIRequestHandler):
    """Handler of one request, which has to come in time, since a thread waits for it."""

    timeout = REQUEST_SECONDS

    def handle(self) -> None:
        with suppress(TimeoutError):
            super().handle()

    def log_message(self, format: str, *args: object) -> None:
        """Log nothing."""


class MetricsServer:
    """HTTP server of the metrics, until it is closed."""

    def __init__(self, server: WSGIServer, thread: threading.Thread) -> None:
        self.port: int = server.server_port
        self._server = server
        self._thread = thread

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _LedgerCollector(Collector):
    """Gauges of the ledger, read at each scrape; only `duly_store_up` where it cannot be read."""

    def __init__(self, probe: StoreProbe) -> None:
        self._probe = probe

    def collect(self) -> Iterator[Metric]:
        try:
            health = self._probe.health()
        except DulyError:
            yield GaugeMetricFamily("duly_store_up", "Whether the store answers in time.", 0)
            return
        yield GaugeMetricFamily("duly_store_up", "Whether the store answers in time.", 1)
        yield GaugeMetricFamily(
            "duly_reminders_due",
            "Reminders planned whose moment has come, and which are in no message yet.",
            health.reminders_due,
        )
        yield GaugeMetricFamily("duly_schedules_due", "Subjects to plan now.", health.schedules_due)
        messages = GaugeMetricFamily(
            "duly_messages_unsent", "Messages not sent, by their state.", labels=["state"]
        )
        for state in UNSENT:
            messages.add_metric([state], health.messages.get(state, 0))
        yield messages
        yield GaugeMetricFamily(
            "duly_subjects_set_aside",
            "Subjects whose reminders could not be planned.",
            len(health.set_aside),
        )
        yield GaugeMetricFamily(
            "duly_oldest_undelivered_seconds",
            "How long the oldest of what may go has been kept waiting; 0 when nothing is.",
            health.waited.total_seconds(),
        )


class _ConnectionsCollector(Collector):
    """Gauges of the connections that the faces keep open."""

    def __init__(self, connections: Callable[[], Sequence[Connection]]) -> None:
        self._connections = connections

    def collect(self) -> Iterator[Metric]:
        labels = ["platform", "connection"]
        up = GaugeMetricFamily(
            "duly_connection_up", "Whether a platform's connection is open.", labels=labels
        )
        silent = GaugeMetricFamily(
            "duly_connection_silent_seconds",
            "Since a platform was last heard on a connection, but for its answers to pings.",
            labels=labels,
        )
        for connection in self._connections():
            names = [connection.platform, connection.name]
            up.add_metric(names, int(connection.up))
            if connection.silent is not None:
                silent.add_metric(names, connection.silent)
        yield up
        yield silent
