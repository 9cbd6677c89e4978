"""The page in headless Chromium: what the script adds, and that nothing needs the network."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator

import pytest
import uvicorn
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import BrowserContext, Page, expect, sync_playwright

from bot.serving import listen
from bot.web.app import create_app
from bot.web.demo_store import DemoStore

pytestmark = pytest.mark.browser

EXECUTABLE = "/usr/bin/chromium"
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
TIMEOUT_MS = 30_000
UNREACHABLE = "Failed to load resource: net::ERR_FAILED"
"""A console message of Chromium's when a test cuts the line on purpose."""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Chromium]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=EXECUTABLE, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def address(demo_store: DemoStore) -> Iterator[str]:
    """The page served for real, on a port of its own."""
    listening = listen("127.0.0.1", 0)
    port = listening.getsockname()[1]
    app = create_app(demo_store, port=port)
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(10)
    listening.close()


@pytest.fixture
def page(chromium: Chromium, address: str) -> Iterator[Page]:
    """Jane's conversation at a desk; whatever the browser complains of fails the test."""
    context = chromium.new_context(viewport={"width": 1280, "height": 800}, locale="en-GB")
    yield from _opened(context, address)


@pytest.fixture
def plain_page(chromium: Chromium, address: str) -> Iterator[Page]:
    """The same without any script."""
    context = chromium.new_context(java_script_enabled=False)
    yield from _opened(context, address)


def _opened(context: BrowserContext, address: str) -> Iterator[Page]:
    context.set_default_timeout(TIMEOUT_MS)
    expect.set_options(timeout=TIMEOUT_MS)
    troubles: list[str] = []
    elsewhere: list[str] = []
    page = context.new_page()
    page.on("console", lambda message: troubles.append(message.text))
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("request", lambda sent: elsewhere.append(sent.url))
    page.goto(f"{address}/direct/jane")
    yield page
    context.close()
    assert [message for message in troubles if UNREACHABLE not in message] == []
    assert [url for url in elsewhere if not url.startswith(address)] == []


def say(page: Page, text: str) -> None:
    page.get_by_label(re.compile("Say something")).fill(text)
    page.keyboard.press("Enter")


def test_enter_sends_and_the_card_appears_without_the_page_being_loaded_again(page: Page) -> None:
    page.evaluate("document.body.dataset.kept = 'yes'")
    say(page, "/rec 24087")
    expect(page.locator(".card h3")).to_have_text(re.compile("#24087 · recommendation 16"))
    expect(page.locator(".card .brag")).to_have_text(re.compile(r"○\s*W\s*White: not started"))
    assert page.evaluate("document.body.dataset.kept") == "yes"
    expect(page.locator("#text")).to_have_value("")
    expect(page.locator("#text")).to_be_focused()


def test_shift_enter_is_a_new_line(page: Page) -> None:
    page.locator("#text").fill("24087 on track")
    page.keyboard.press("Shift+Enter")
    expect(page.locator("#text")).to_have_value("24087 on track\n")
    expect(page.locator(".exchange")).to_have_count(0)


def test_a_button_changes_the_card_in_place(page: Page) -> None:
    say(page, "24087")
    page.get_by_role("button", name="On track", exact=True).click()
    expect(page.locator(".card .brag")).to_have_text(re.compile("Green: on track"))
    expect(page.locator(".card")).to_have_count(1)


def test_a_reference_in_a_text_opens_its_card(page: Page) -> None:
    say(page, "24078")
    page.get_by_role("button", name="#24087").first.click()
    expect(page.locator(".card h3").last).to_have_text(re.compile("#24087"))


def test_a_form_opens_with_the_focus_in_it_and_closes_with_escape(page: Page) -> None:
    say(page, "24087")
    page.get_by_role("button", name="Update…").click()
    expect(page.locator(".panel h2")).to_be_visible()
    expect(page.locator(".panel [name^='f.']:focus")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(page.locator(".panel")).to_have_count(0)
    expect(page.locator("#text")).to_be_focused()


def test_a_form_is_saved_by_keyboard_alone(page: Page) -> None:
    say(page, "update 24087")
    page.get_by_role("radio", name="At risk").focus()
    page.keyboard.press("Space")
    page.get_by_label(re.compile("What has changed")).fill("The supplier is late")
    page.get_by_role("button", name="Save").press("Enter")
    expect(page.locator(".card .brag")).to_have_text(re.compile("Amber: at risk"))
    expect(page.locator(".panel")).to_have_count(0)


def test_moving_the_clock_brings_reminders_and_says_to_whom(page: Page) -> None:
    page.locator(".mover summary").click()
    page.get_by_label("or to").fill("2023-04-03T10:00")
    page.get_by_role("button", name="Move", exact=True).click()
    expect(page.locator("#notice")).to_have_text(re.compile("messages were delivered"))
    expect(page.locator(".moment")).to_have_text(re.compile("Monday 3 April 2023, 10:00"))
    expect(page.locator("#log .entry").last).to_be_visible()
    expect(page.locator("nav a.unread").first).to_be_visible()


def test_what_was_typed_stays_when_duly_is_not_answering(page: Page) -> None:
    page.route("**/say", lambda route: route.abort())
    say(page, "24087 on track: it goes live")
    expect(page.locator("#trouble")).to_have_text(re.compile("What you typed is still here"))
    expect(page.locator("#text")).to_have_value("24087 on track: it goes live")
    page.unroute("**/say")
    page.keyboard.press("Enter")
    expect(page.locator(".card .brag")).to_have_text(re.compile("Green: on track"))


def test_the_tab_key_reaches_everything_and_is_trapped_nowhere(page: Page) -> None:
    page.evaluate("document.activeElement.blur()")
    seen = set()
    for _ in range(80):
        page.keyboard.press("Tab")
        seen.add(
            page.evaluate(
                "(document.activeElement.closest('header,nav,main,.skip') ?? {}).className"
            )
        )
    assert {"skip", "clock", "rooms", "conversation"} <= seen


def test_everything_that_takes_input_has_a_name(page: Page) -> None:
    say(page, "update 24087")
    expect(page.locator(".panel")).to_be_visible()
    nameless = page.evaluate(
        """() => Array.from(document.querySelectorAll(
            'input:not([type=hidden]), select, textarea, button, a'))
          .filter((e) => !(e.labels && e.labels.length) && !e.getAttribute('aria-label')
            && !e.textContent.trim())
          .map((e) => e.outerHTML)"""
    )
    assert nameless == []


def test_new_messages_are_announced_politely(page: Page) -> None:
    expect(page.locator("#log")).to_have_attribute("aria-live", "polite")
    expect(page.locator("#notice")).to_have_attribute("role", "status")


@pytest.mark.parametrize("width", [360, 390, 768, 1280])
def test_nothing_is_wider_than_the_screen(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    say(page, "24087")
    expect(page.locator(".card")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_on_a_telephone_the_conversations_open_and_close(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    expect(page.locator("nav.rooms")).to_be_hidden()
    page.get_by_label(re.compile("^Conversations")).first.click()
    page.get_by_role("link", name="Kit Notreal").click()
    expect(page.locator("h1")).to_have_text("Kit Notreal")
    expect(page.locator("nav.rooms")).to_be_hidden()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_ground(page: Page, scheme: str) -> None:
    """WCAG 2.2 AA asks 4.5 to 1 of ordinary text."""
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    say(page, "24087 at risk")
    expect(page.locator(".card")).to_be_visible()
    pairs = page.evaluate(
        """() => Array.from(document.querySelectorAll(
            '.words, .by time, .card dt, .card dd, .brag, .brag .mark, .button, .room p, .app'))
          .map((e) => {
            let ground = e;
            const behind = (e) => getComputedStyle(e).backgroundColor;
            while (ground && behind(ground) === 'rgba(0, 0, 0, 0)') ground = ground.parentElement;
            const found = ground ? behind(ground) : 'rgb(255, 255, 255)';
            return [getComputedStyle(e).color, found, e.className];
          })"""
    )
    assert pairs
    assert [pair for pair in pairs if _contrast(pair[0], pair[1]) < 4.5] == []


def test_without_a_script_everything_still_works(plain_page: Page) -> None:
    plain_page.locator("#text").fill("24087 on track")
    plain_page.get_by_role("button", name="Send").click()
    expect(plain_page.locator(".card .brag")).to_have_text(re.compile("Green: on track"))
    plain_page.locator(".mover summary").click()
    plain_page.get_by_role("button", name="Next week").click()
    expect(plain_page.locator(".moment")).to_have_text(re.compile("10 January 2023"))


def test_two_browsers_are_two_people(chromium: Chromium, address: str, page: Page) -> None:
    other = chromium.new_context()
    seat = other.new_page()
    seat.goto(f"{address}/direct/lee")
    say(page, "24087 on track")
    expect(page.locator(".card")).to_be_visible()
    seat.reload()
    expect(seat.locator(".card")).to_have_count(0)
    other.close()


def _contrast(ink: str, ground: str) -> float:
    bright, dark = sorted((_luminance(ink), _luminance(ground)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(n) / 255 for n in re.findall(r"\d+", colour)[:3]]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
