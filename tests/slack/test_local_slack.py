"""End to end on local-slack, a Slack server and page that this project did not write: `duly run`
in a process of its own, over signed HTTP and over sockets, and its page in headless Chromium.

With DULY_SCREENSHOTS naming a folder, what the page looks like is kept there.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect, sync_playwright

from bot.cli import invoke
from tests.slack.local_slack import (
    PEOPLE,
    PROGRAM,
    LocalSlack,
    duly_on,
    serving,
    slack_id,
    why_not,
)
from tests.support.until import until

pytestmark = [pytest.mark.browser]

ROOT = Path(__file__).parents[2]
RECORDS = ROOT / "samples" / "records"
AT = "2023-04-28T08:59:45"
"""A quarter of a minute before the last working morning before a deadline of 30 April."""
CHROMIUM = "/usr/bin/chromium"
PAGE_MILLISECONDS = 30_000
AS_SLACK_SHOWS_DATES = """() => {
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  while (walk.nextNode()) {
    const node = walk.currentNode
    node.nodeValue = node.nodeValue.replace(/<!date\\^[^|>]*\\|([^>]*)>/g, "$1")
  }
}"""
"""local-slack leaves Slack's date tokens as they are; this puts their fallback in their place."""


@pytest.fixture(scope="module", params=["events", "socket"])
def mode(request: pytest.FixtureRequest) -> str:
    """Transport from local-slack to Duly: signed HTTP, or Socket Mode."""
    return str(request.param)


@pytest.fixture(scope="module")
def slack(mode: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalSlack]:
    """local-slack with `duly run` beside it, on the sample records."""
    if (why := why_not()) is not None:
        pytest.skip(why)
    assert PROGRAM.exists(), "install it: npm ci --ignore-scripts in tests/slack/local"
    folder = tmp_path_factory.mktemp(mode)
    fill(folder)
    with serving(folder, mode) as found, duly_on(found, folder, AT):
        yield found


def fill(folder: Path) -> None:
    """The sample organisation, its people with Slack ids, and two records, in folder/duly.db."""
    text = (ROOT / "samples" / "organisation.yaml").read_text(encoding="utf-8")
    for person in PEOPLE:
        text, count = re.subn(
            rf"({{key: {person}, name: [^,}}]+)", rf"\1, slack: {slack_id(person)}", text
        )
        assert count == 1
    (folder / "organisation.yaml").write_text(text, encoding="utf-8")
    store = ["--db", f"sqlite:///{folder}/duly.db"]
    records = [str(RECORDS / f"{name}.txt") for name in ("cumbria-vetting-2022",
               "staffordshire-vetting-2022", "staffordshire-counter-corruption-2023")]  # fmt: skip
    for command in (
        ["apply", str(folder / "organisation.yaml"), *store, "--at", "2023-01-03"],
        ["import", *records, *store, "--at", "2023-01-03"],
        ["tick", *store, "--at", "2023-04-27T17:00"],
    ):
        assert invoke(command) == 0, command


def test_a_command_is_answered_with_its_card(slack: LocalSlack) -> None:
    slack.slash("jane", "24087")
    told = slack.told("#24087", "recommendation 16")
    assert told["ephemeral_to"] == slack_id("jane")


def test_an_update_in_one_line_is_saved(slack: LocalSlack) -> None:
    slack.slash("jane", "24087 on track PND checks go live on 4 December")
    slack.told("Duly noted.", "not started → on track", "PND checks go live on 4 December")


def test_a_button_changes_its_message_in_place(slack: LocalSlack) -> None:
    slack.slash("jane", "24409")
    card = slack.told("#24409")
    slack.press("jane", "On track", card)
    changed = slack.told("#24409", "Green: on track")
    assert changed["ts"] == card["ts"]


def test_a_modal_says_what_is_wrong_and_then_saves(slack: LocalSlack) -> None:
    slack.slash("jane", "update 24452")
    wrong = slack.submit("jane", {"progress": "not_started"})
    assert wrong == {"text": "Say what has changed, or choose another progress."}
    assert slack.modal is not None
    assert slack.submit("jane", {"progress": "at_risk", "text": "The supplier is late"}) == {}
    slack.told("Duly noted.", "#24452", "→ at risk", "The supplier is late")
    assert slack.modal is None


def test_a_mention_is_answered(slack: LocalSlack) -> None:
    slack.say("jane", "<@U0DULY> 24495")
    slack.told("#24495")


def test_a_direct_message_is_answered(slack: LocalSlack) -> None:
    slack.open_home("jane")
    direct = until(lambda: slack.direct("jane"), "direct messages")
    slack.say("jane", "24538", channel=direct)
    slack.told("#24538", channel=direct)


def test_home_lists_what_is_ones_own(slack: LocalSlack) -> None:
    view = slack.open_home("alex")
    assert view["type"] == "home"
    assert "24087" in str(slack.open_home("jane"))


def test_a_message_is_saved_as_an_update_by_its_shortcut(slack: LocalSlack) -> None:
    said = slack.say("jane", "The audit began on Monday")
    slack.shortcut("jane", "save_update", said)
    modal = until(lambda: slack.modal, "a modal")
    assert "The audit began on Monday" in str(modal["blocks"])
    named = next(b["block_id"] for b in modal["blocks"] if b["type"] == "input")
    assert slack.submit("jane", {named: "24667", "progress": "on_track"}) == {}
    slack.told("#24667", "The audit began on Monday")


def test_what_falls_due_is_told_in_the_morning(slack: LocalSlack) -> None:
    direct = until(lambda: slack.direct("kit"), "direct messages")
    digest = slack.told("30 April 2023", channel=direct)
    assert len(slack.messages(direct)) == 1
    assert any("Update" in str(block) for block in digest["blocks"])


@pytest.fixture
def page(slack: LocalSlack) -> Iterator[Page]:
    """local-slack's own page, as Jane sees it."""
    with sync_playwright() as playwright:
        arguments = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-sync"]
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        opened = browser.new_page(viewport={"width": 1180, "height": 860}, locale="en-GB")
        opened.set_default_timeout(PAGE_MILLISECONDS)
        expect.set_options(timeout=PAGE_MILLISECONDS)
        opened.goto(slack.url)
        opened.get_by_label("Act as").select_option(slack_id("jane"))
        yield opened
        browser.close()


def keep(page: Page, name: str) -> None:
    """Keep what the page shows as slack-NAME.png, where a folder is named."""
    folder = os.environ.get("DULY_SCREENSHOTS")
    if folder:
        page.evaluate(AS_SLACK_SHOWS_DATES)
        page.screenshot(path=Path(folder) / f"slack-{name}.png")


def latest(page: Page) -> Locator:
    return page.locator("[data-ts]").last


def test_on_the_page_a_card_opens_a_form_that_errs_and_then_saves(page: Page) -> None:
    page.get_by_role("button", name="people-intelligence-board").click()
    page.get_by_placeholder(re.compile("Message #people")).fill("/rec 24753")
    page.keyboard.press("Enter")
    expect(latest(page)).to_contain_text("#24753")
    keep(page, "card")
    latest(page).get_by_role("button", name="Update…").click()
    form = page.locator(".modal")
    expect(form).to_contain_text("Update #24753")
    form.get_by_role("button", name="Save").click()
    expect(form).to_contain_text("Say what has changed, or choose another progress.")
    form.locator("select").select_option(label="At risk")
    keep(page, "modal")
    form.locator("input").first.fill("The supplier is late")
    form.get_by_role("button", name="Save").click()
    expect(form).to_have_count(0)
    expect(latest(page)).to_contain_text("not started → at risk")
    expect(latest(page)).to_contain_text("The supplier is late")


def test_on_the_page_home_shows_what_is_ones_own(slack: LocalSlack, page: Page) -> None:
    slack.open_home("jane")
    page.locator("aside button", has_text="Duly").click()
    expect(page.locator("main")).to_contain_text("#24087")
    keep(page, "home")
    page.locator("main").get_by_role("button", name="Update").first.click()
    expect(page.locator(".modal")).to_contain_text("Update")
    page.locator(".modal").get_by_role("button", name="Cancel").click()
    expect(page.locator(".modal")).to_have_count(0)


def test_on_the_page_a_digest_has_a_button_for_each_line(slack: LocalSlack, page: Page) -> None:
    digest = slack.told("30 April 2023", channel=until(lambda: slack.direct("kit"), "a digest"))
    page.get_by_label("Act as").select_option(slack_id("kit"))
    page.locator("aside button", has_text="Kit Notreal").click()
    expect(latest(page)).to_contain_text("#23775")
    page.set_viewport_size({"width": 1180, "height": 1180})
    keep(page, "digest")
    several = latest(page).get_by_role("button", name="Update")
    assert several.count() == str(digest["blocks"]).count("'Update")
    several.first.click()
    expect(page.locator(".modal")).to_contain_text("Update #23732")
    page.locator(".modal").get_by_role("button", name="Cancel").click()
