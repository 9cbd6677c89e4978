"""End to end on Microsoft's own local client for Teams, which this project did not write: `duly
run` in a process of its own, and the client's page in headless Chromium.

With DULY_SCREENSHOTS naming a folder, what the page looks like is kept there.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import FloatRect, Page, expect, sync_playwright

from tests.teams import screen
from tests.teams.playground import PROGRAM, Playground, playground, why_not

pytestmark = [pytest.mark.browser]

AT = "2023-04-28T08:59:30"
"""Half a minute before the last working morning before a deadline of 30 April."""
CHROMIUM = "/usr/bin/chromium"
PATIENCE = 60_000
CHAT = FloatRect(x=330, y=48, width=640, height=970)
"""The part of the page with the conversation, for screenshots."""


@pytest.fixture(scope="module")
def teams(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Playground]:
    if (why := why_not()) is not None:
        pytest.skip(why)
    assert PROGRAM.exists(), "install it: npm ci --ignore-scripts in tests/teams/local"
    with playground(tmp_path_factory.mktemp("playground"), AT) as found:
        yield found


@pytest.fixture
def page(teams: Playground) -> Iterator[Page]:
    path = CHROMIUM if Path(CHROMIUM).exists() else None
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=["--no-sandbox"])
        found = browser.new_page(viewport={"width": 1300, "height": 1100})
        found.set_default_timeout(PATIENCE)
        found.goto(teams.url)
        yield found
        browser.close()


def keep(page: Page, name: str) -> None:
    folder = os.environ.get("DULY_SCREENSHOTS")
    if folder:
        page.screenshot(path=Path(folder) / f"teams-{name}.png", clip=CHAT)


def test_a_look_up_an_update_by_a_button_a_dialog_and_a_reminder(
    page: Page, teams: Playground
) -> None:
    expect(page.get_by_text("Hello, this is Duly.")).to_be_visible(timeout=PATIENCE)
    page.locator("[contenteditable=true],textarea").first.click()
    page.keyboard.type("rec 24087")
    page.keyboard.press("Enter")
    on_track = page.get_by_role("button", name="On track")
    expect(on_track).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_text("W ○ White: not started")).to_be_visible()
    keep(page, "card")

    on_track.click()
    expect(page.get_by_text("Duly noted. #24087: not started → on track.")).to_be_visible()
    expect(page.get_by_text("W ○ White: not started")).to_have_count(0)
    expect(page.get_by_text("G ● Green: on track")).to_have_count(1)
    keep(page, "updated")

    # The client has no dialogs: what its own would send is sent for it.
    fetched = teams.deliver(
        {"type": "invoke", "id": "f1", "name": "task/fetch",
         "value": {"data": {"say": "update #24087"}}}
    )  # fmt: skip
    card = fetched.json()["task"]["value"]["card"]["content"]
    save = next(b for b in screen.buttons(card) if b.action["type"] == "Action.Submit")
    typed = {"f.progress": "at_risk", "f.text": "The supplier is late"}
    submitted = teams.deliver(
        {"type": "invoke", "id": "s1", "name": "task/submit",
         "value": {"data": {**save.action["data"], **typed}}}
    )  # fmt: skip
    assert (submitted.status_code, submitted.text) == (200, "")
    expect(page.get_by_text("Duly noted. #24087: on track → at risk.")).to_be_visible()

    digest = page.get_by_text("Alex, this needs you on Friday 28 April 2023")
    expect(digest).to_be_visible(timeout=PATIENCE)
    digest.scroll_into_view_if_needed()
    keep(page, "digest")
    assert teams.duly.end() < 10
