"""Security middleware of the page: hosts, tokens, sizes, headers."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from bot.web.demo_store import DemoStore
from bot.web.security import BODY_LIMIT, allowed_hosts
from db.tables import Update
from scheduler.report import TickReport
from tests.web.conftest import Browser, FakeCommands


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1:9999", "127.0.0.1.evil.example:8080"])
def test_another_name_for_this_machine_is_refused_in_a_sentence(
    browser: Browser, host: str
) -> None:
    response = browser.client.get("/direct/jane", headers={"host": host})
    assert response.status_code == 421
    assert "answers only at its own address" in response.text


@pytest.mark.parametrize("host", ["127.0.0.1:8080", "localhost:8080", "[::1]:8080"])
def test_the_loopback_names_with_the_port_are_answered(browser: Browser, host: str) -> None:
    assert browser.client.get("/direct/jane", headers={"host": host}).status_code == 200


def test_the_configured_name_is_allowed_but_any_address_is_nobodys_name() -> None:
    assert "duly.internal:8080" in allowed_hosts("duly.internal", 8080)
    assert "0.0.0.0:8080" not in allowed_hosts("0.0.0.0", 8080)
    assert ":::8080" not in allowed_hosts("::", 8080)
    assert "localhost" in allowed_hosts("127.0.0.1", 80)


def test_health_is_told_without_login_under_any_name(browser: Browser) -> None:
    response = browser.client.get("/healthz", headers={"host": "10.0.0.7:8080"})
    assert (response.status_code, response.json()) == (200, {"ok": True})


def test_every_answer_carries_a_policy_that_runs_nothing_but_our_own_files(
    browser: Browser,
) -> None:
    for path in ("/direct/jane", "/static/duly.css", "/nowhere/at-all", "/healthz"):
        headers = browser.client.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "http" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"


def test_the_page_names_no_other_site_and_holds_nothing_inline(browser: Browser) -> None:
    page = browser.say("/rec 24087")
    assert "<style" not in page
    assert "style=" not in page
    assert "onclick" not in page
    assert "<script>" not in page
    assert "https://" not in page


def test_the_session_cookie_stays_on_this_site_and_out_of_scripts(demo_store: DemoStore) -> None:
    fresh = Browser(demo_store)
    cookie = fresh.client.get("/direct/jane").headers["set-cookie"].lower()
    assert "samesite=strict" in cookie
    assert "httponly" in cookie


@pytest.mark.parametrize(
    "path", ["/say", "/press", "/form", "/form/close", "/persona", "/clock", "/again"]
)
def test_a_post_without_the_sessions_token_does_nothing_and_says_so(
    browser: Browser, demo_store: DemoStore, path: str
) -> None:
    before = demo_store.clock.now()
    fields = {
        "room": "/direct/jane",
        "text": "24087 on track",
        "command": "24087 on track",
        "person": "sam",
        "to": "week",
    }
    page = browser.post_raw(path, fields)
    assert browser.status == 403
    assert "This page was out of date, so nothing was done." in page
    assert demo_store.clock.now() == before
    with demo_store.read() as reading:
        assert reading.all(reading.select(Update)) == []


def test_another_sessions_token_is_no_good(demo_store: DemoStore, fake: FakeCommands) -> None:
    one, other = Browser(demo_store), Browser(demo_store)
    one.open("/direct/jane")
    other.open("/direct/jane")
    fields = {"token": one.hidden("token"), "room": "/direct/jane", "text": "help"}
    assert "out of date" in other.post_raw("/say", fields)
    assert fake.requests == []


def test_what_was_typed_survives_an_expired_token(browser: Browser) -> None:
    page = browser.post_raw("/say", {"token": "old", "room": "/direct/jane", "text": "24087 amber"})
    assert ">24087 amber</textarea>" in page


@pytest.mark.parametrize(
    "headers",
    [{"origin": "http://evil.example"}, {"origin": "null"}, {"sec-fetch-site": "cross-site"}],
)
def test_a_post_from_another_site_is_refused(
    browser: Browser, fake: FakeCommands, headers: dict[str, str]
) -> None:
    fields = {"token": browser.hidden("token"), "text": "help", "room": "/direct/jane"}
    response = browser.client.post("/say", data=fields, headers=headers)
    assert response.status_code == 403
    assert "another site" in response.text
    assert fake.requests == []


def test_a_body_over_the_limit_is_refused_whether_or_not_it_states_its_length(
    browser: Browser, fake: FakeCommands
) -> None:
    stated = browser.client.post("/say", data={"text": "x" * BODY_LIMIT})

    def pieces() -> Iterator[bytes]:
        for _ in range(BODY_LIMIT // 1024 + 1):
            yield b"x" * 1024

    chunked = browser.client.post(
        "/say", content=pieces(), headers={"content-type": "application/x-www-form-urlencoded"}
    )
    for response in (stated, chunked):
        assert response.status_code == 413
        assert "nothing was saved" in response.text
    assert fake.requests == []


@pytest.mark.parametrize(
    "path",
    [
        "/static/../app.py",
        "/static/%2e%2e/app.py",
        "/static/..%2fapp.py",
        "/channel/..%2f..%2fetc",
        "/direct/%00",
    ],
)
def test_no_path_leads_out_of_the_static_folder(browser: Browser, path: str) -> None:
    response = browser.client.get(path)
    assert response.status_code == 404
    assert "def " not in response.text


def test_what_people_type_is_never_markup(browser: Browser, fake: FakeCommands) -> None:
    page = browser.say("<script>alert(1)</script> <!channel> `<b>` #24087<i>")
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<code>&lt;b&gt;</code>" in page
    assert "&lt;i&gt;" in page


def test_a_broken_form_is_no_crash(browser: Browser) -> None:
    response = browser.client.post(
        "/say", content=b"\xff\xfe", headers={"content-type": "multipart/form-data"}
    )
    assert response.status_code in (200, 400)
    assert "Traceback" not in response.text


def test_an_unexpected_error_gives_an_incident_number_and_no_inner_words(
    demo_store: DemoStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> list[TickReport]:
        raise ZeroDivisionError("secret")

    monkeypatch.setattr("bot.web.demo_store.run_to", broken)
    browser = Browser(demo_store, forgiving=True)
    browser.open("/direct/jane")
    page = browser.post("/clock", to="day")
    assert browser.status == 500
    assert re.search(r"Incident [0-9a-f]{8} is in the log", page)
    assert "secret" not in page
