"""Metrics as Prometheus reads them: names by its conventions, the ledger and the process."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

import httpx2 as httpx
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families

from bot.chat.face_group import Connection
from bot.metrics import Metrics
from bot.readiness import StoreProbe
from bot.serving import CannotListen, add_probes
from db.store import Store
from scheduler.courier import NotDelivered
from scheduler.tick import tick
from scheduler.watching import Attempt, Outcome
from tests.factories import (
    at,
    create_running_force,
    set_clock,
)
from tests.run.process import running, slack_environment
from tests.run.test_observability import Listener, listener
from tests.run.test_readiness import busy
from tests.slack.fake import FakeSlack
from tests.support.fake_platform import FakePlatform
from tests.support.until import until

__all__ = ["listener"]

DOC = (Path(__file__).parents[2] / "docs" / "running.md").read_text(encoding="utf-8")


def metrics(store: Store, *connections: Connection) -> Metrics:
    return Metrics(StoreProbe(lambda: [store], timeout=60), lambda: connections)


@contextmanager
def scraped(counters: Metrics) -> Iterator[str]:
    server = counters.serve("127.0.0.1", 0)
    try:
        yield httpx.get(f"http://127.0.0.1:{server.port}/metrics", trust_env=False).text
    finally:
        server.close()


def samples(text: str) -> dict[str, float]:
    """Every sample: {"duly_ticks_total{outcome=done}": 1.0}, the labels by name."""
    figures = {}
    for family in text_string_to_metric_families(text):
        for one in family.samples:
            labels = ",".join(f"{name}={value}" for name, value in sorted(one.labels.items()))
            figures[f"{one.name}{{{labels}}}" if labels else one.name] = one.value
    return figures


def test_each_metric_is_in_the_handbook_and_each_of_the_handbook_s_is_told(store: Store) -> None:
    counters = metrics(store, Connection("slack", "1", True, 2.0))
    counters.attempted(Attempt("k", "slack", Outcome.POSTED, True, True))
    counters.attempted(Attempt("k", "slack", Outcome.PUT_OFF, False, False))
    with scraped(counters) as text:
        names = set(re.findall(r"^# TYPE (duly_\w+) ", text, re.M))
    names = {name for name in names if not name.endswith("_created")}
    assert names == set(re.findall(r"^\| `(duly_\w+)", DOC, re.M))
    for name in names:
        assert re.fullmatch(r"duly_[a-z_]+", name)


def test_the_ledger_is_told_as_it_is_when_it_is_asked_for(store: Store) -> None:
    create_running_force(store, at(2023, 3, 30, 9))
    counters = metrics(store)
    with scraped(counters) as text:
        before = samples(text)
    assert before["duly_store_up"] == 1
    assert before["duly_messages_unsent{state=gathered}"] == 0
    face = FakePlatform()
    face.failing = [NotDelivered("No answer.")]
    set_clock(store, at(2023, 3, 31, 9))
    tick(store, face)
    set_clock(store, at(2023, 3, 31, 9, 5))
    with scraped(counters) as text:
        after = samples(text)
    assert after["duly_messages_unsent{state=gathered}"] == 1
    assert after["duly_oldest_undelivered_seconds"] == 300


def test_a_store_that_cannot_be_read_is_told_as_down_and_nothing_of_its_ledger(
    store: Store,
) -> None:
    with scraped(metrics(busy(store))) as text:
        figures = samples(text)
    assert figures["duly_store_up"] == 0
    assert "duly_reminders_due" not in figures


def test_what_the_process_did_is_counted(store: Store) -> None:
    counters = metrics(
        store, Connection("slack", "1", True, 2.5), Connection("slack", "2", False, None)
    )
    counters.attempted(Attempt("a", "slack", Outcome.POSTED, False, False))
    counters.attempted(Attempt("b", "slack", Outcome.FOUND, True, False))
    counters.attempted(Attempt("c", "slack", Outcome.POSTED, True, True))
    counters.attempted(Attempt("d", "slack", Outcome.PUT_OFF, False, False))
    counters.attempted(Attempt("d", "slack", Outcome.GIVEN_UP, False, False))
    counters.delivered([timedelta(seconds=3), timedelta(minutes=2)])
    counters.ticked(True, 0.2)
    counters.ticked(False, 0.1)
    with scraped(counters) as text:
        figures = samples(text)
    for name, value in {
        "duly_messages_sent_total{platform=slack}": 3,
        "duly_messages_repeated_total{platform=slack}": 1,
        "duly_attempts_failed_total{outcome=put_off,platform=slack}": 1,
        "duly_attempts_failed_total{outcome=given_up,platform=slack}": 1,
        "duly_claims_total": 5,
        "duly_claims_taken_over_total": 2,
        "duly_reminder_lateness_seconds_count": 2,
        "duly_reminder_lateness_seconds_sum": 123,
        "duly_ticks_total{outcome=done}": 1,
        "duly_ticks_total{outcome=failed}": 1,
        "duly_tick_seconds_count": 2,
        "duly_connection_up{connection=1,platform=slack}": 1,
        "duly_connection_up{connection=2,platform=slack}": 0,
        "duly_connection_silent_seconds{connection=1,platform=slack}": 2.5,
    }.items():
        assert figures[name] == value, name
    assert figures["duly_last_tick_timestamp_seconds"] > 1_600_000_000
    assert "duly_connection_silent_seconds{connection=2,platform=slack}" not in figures


def test_answers_are_counted_by_path_and_status_and_no_path_is_made_up(store: Store) -> None:
    counters = metrics(store)
    app = FastAPI(openapi_url=None)
    add_probes(app, lambda: ["Not yet."])
    client = TestClient(counters.counting(app))
    for path in ("/healthz", "/healthz", "/readyz", "/wp-login.php", "/U01JANE"):
        client.get(path)
    with scraped(counters) as text:
        figures = samples(text)
    counted = {n: v for n, v in figures.items() if n.startswith("duly_http_answers_total")}
    assert counted == {
        "duly_http_answers_total{path=/healthz,status=200}": 2,
        "duly_http_answers_total{path=/readyz,status=503}": 1,
        "duly_http_answers_total{path=other,status=404}": 2,
    }


def test_a_scrape_that_never_comes_whole_is_given_up(
    store: Store, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("bot.metrics._ScrapeHandler.timeout", 0.2)
    with (
        closing(Metrics(StoreProbe(lambda: [store]), list).serve("127.0.0.1", 0)) as server,
        socket.create_connection(("127.0.0.1", server.port), timeout=20) as half,
    ):
        half.sendall(b"GET /met")
        assert half.recv(1) == b""
    assert capfd.readouterr().err == ""


def test_a_port_that_is_taken_is_told_in_a_sentence(store: Store) -> None:
    counters = metrics(store)
    server = counters.serve("127.0.0.1", 0)
    with pytest.raises(CannotListen, match=rf"127\.0\.0\.1:{server.port}.*DULY_METRICS_PORT"):
        counters.serve("127.0.0.1", server.port)
    server.close()


def test_a_process_serves_them_beside_its_probes_and_gives_a_sign_of_life(
    tmp_path: Path, listener: Listener
) -> None:
    with FakeSlack() as slack:
        variables = {
            **slack_environment(slack),
            "DULY_METRICS_PORT": "0",
            "DULY_HEARTBEAT_URL": listener.url,
        }
        with running(tmp_path, variables) as process:
            match = re.search(r"its metrics at (http://127\.0\.0\.1:\d+/metrics)", process.said)
            assert match, process.said

            def now() -> dict[str, float]:
                return samples(httpx.get(match[1], trust_env=False).text)

            until(lambda: now()["duly_ticks_total{outcome=done}"] > 1)
            until(lambda: now()["duly_connection_up{connection=2,platform=slack}"] == 1)
            assert now()["duly_connection_silent_seconds{connection=2,platform=slack}"] >= 0
            until(lambda: listener.paths == ["/ping/secret"])
            assert process.get("/metrics")[0] == 404
            assert now()["duly_http_answers_total{path=other,status=404}"] == 1
            process.end()
