"""The small force in a Slack of the tests' own, with everybody who can be met there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

from pydantic import SecretStr
from slack_sdk.web.async_client import AsyncWebClient

from bot.chat.members import LOOKUP_SECONDS
from bot.slack.app import SlackApp, home_context
from bot.slack.client import web_client
from bot.slack.context import SlackContext
from bot.slack.settings import SlackSettings
from db.organisation.people import set_identity
from db.store import Store
from tests.factories import TEST, TITLE, add_report, create_force, import_recommendation
from tests.slack.fake import FakeSlack, Team
from tests.slack.fake.model import Json
from tests.slack.transports import ANSWER_SECONDS, Answer, InProcess, Loop, Retry
from tests.slack.world import World
from tests.support.kept import kept

IDS = {
    "sam": "U01SAM",
    "alex": "U01ALEX",
    "jane": "U01JANE",
    "kit": "U01KIT",
    "lee": "U01LEE",
    "uma": "T02/U02UMA",
    "ned": "U01NED",
}
"""Slack ids by person: sam chairs, alex leads, lee is the secretary, jane is the ACU DCI, kit
the Vetting Manager, uma of the PCC's office in a workspace of its own."""
PIB, GB, SHARED = "C0PIB", "C0GB", "C0SHARED"
OTHER = "T02"

FORCE_PEOPLE = """
people:
  - {key: jane, name: Jane Doe, slack: U01JANE}
  - {key: lee, name: Lee Hart, slack: U01LEE}
  - {key: alex, name: Alex Poe, slack: U01ALEX}
  - {key: sam, name: Sam Roe, slack: U01SAM}
  - {key: kit, name: Kit Loe, slack: U01KIT}
"""
"""The people of the organisation file `FORCE`, with their Slack ids."""


class Settled(InProcess):
    """As InProcess, but what was put off until after the answer is done when it comes back."""

    app: SlackApp

    @property
    def slack(self) -> SlackContext:
        assert self.app.slack is not None
        return self.app.slack

    def deliver(self, kind: str, payload: Json, retry: Retry | None = None) -> Answer:
        answer = super().deliver(kind, payload, retry)
        self.loop.run(self.slack.settled)
        return answer


def settled(world: World) -> Settled:
    """The transport of this world, which waits for what comes after the answer."""
    assert isinstance(world.transport, Settled)
    return world.transport


@contextmanager
def slack_with(store: Store) -> Iterator[World]:
    """A Slack with Duly, and the small force of `furnish` in `store`; ends without a trouble."""
    furnish(store)
    with slack_over(store) as world:
        yield world


@kept
def furnish(store: Store) -> None:
    """Put a small force into `store`, its people known to Slack by their ids.

    #24044 (the ACU DCI's), #24087 (nobody's) and #24130 (the Vetting Manager's, on the gb board)
    are recommendations 15 to 17 of Sample; Other & Neighbour has 15 and 16 of the same title.
    """
    create_force(store)
    own = add_report(store, TITLE, "Sample Constabulary")
    other = add_report(store, TITLE, "Other & Neighbour")
    import_recommendation(store, own, 15, "24044", owner="acu-dci")
    import_recommendation(
        store, own, 16, "24087", deadline=date(2023, 12, 31), points=["be quick;", "be right."]
    )
    import_recommendation(store, own, 17, "24130", owner="vetting-manager", board="gb")
    for number in (15, 16):
        import_recommendation(store, other, number)
    with store.write(TEST) as writing:
        for key, id in IDS.items():
            set_identity(writing, key, "slack", id)


@contextmanager
def slack_over(store: Store) -> Iterator[World]:
    """A Slack with Duly over `store`, whatever is in it; it ends without a trouble."""
    loop = Loop()
    try:
        with FakeSlack() as slack:
            slack.stand_still()
            slack.add_channel(PIB, "pib")
            slack.add_channel(GB, "gb")
            slack.add_channel(SHARED, "joint-work", is_ext_shared=True)
            slack.add_team(Team(OTHER, "Office of the PCC", "xoxb-other", "U02BOT"))
            slack.add_user("U02UMA", "Uma Dale", OTHER)
            slack.add_user("U02STRANGER", "Sol Strange", OTHER)
            world = World(slack, transport(slack, store, loop))
            yield world
            slack.check()
            assert world.refused == []
    finally:
        loop.close()


def build(
    store: Store,
    settings: SlackSettings,
    *,
    client: AsyncWebClient | None = None,
    patience: float = LOOKUP_SECONDS,
) -> SlackApp:
    """The app in the workspace of SLACK_BOT_TOKEN; nothing is asked of Slack yet."""
    home = home_context(store, settings, client=client, patience=patience)
    return SlackApp(settings.api_url, home)


def transport(slack: FakeSlack, store: Store, loop: Loop) -> Settled:
    """A transport to an app of its own over `store`."""
    settings = SlackSettings(
        bot_token=SecretStr("xoxb-pretended"),
        signing_secret=SecretStr(slack.signing_secret),
        api_url=slack.api,
    )
    client = web_client("xoxb-pretended", slack.api)
    client.timeout = int(ANSWER_SECONDS)
    app = build(store, settings, client=client, patience=ANSWER_SECONDS)
    return Settled(app, slack.signing_secret, loop)


@contextmanager
def another_process(world: World, store: Store) -> Iterator[World]:
    """The same Slack, whose next requests go to a second Duly over the same store."""
    loop = Loop()
    try:
        other = World(world.slack, transport(world.slack, store, loop))
        other._last = world._last
        yield other
    finally:
        loop.close()
