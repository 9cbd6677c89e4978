"""The platforms on which the kill test is played: a Slack and a Teams that fail as they are told.

They differ in one thing. Slack can be asked whether a message is there, so a second one is a
mistake; Teams cannot, so a second one has to say that it may be a repeat.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from db import tables as t
from db.ledger.destinations import bind
from db.store import Store
from scheduler.letters import MAYBE_TWICE, letters
from tests.factories import TEST
from tests.guarantees.ticking import SLACK, TEAMS
from tests.slack.fake import FakeSlack
from tests.slack.fake.faults import Faults
from tests.teams.checking import assert_good
from tests.teams.fake import BOT, TENANT, FakeTeams


@dataclass(frozen=True)
class Came:
    """A message as it stands in the platform."""

    id: str
    """The platform's own, as the ledger keeps it."""
    marked: bool
    """It says that it may be a repeat."""


class Stage(Protocol):
    """A platform with the people of a force in it."""

    face: str
    address: str
    """The address that its courier is given."""
    post: str
    """The name that its faults have for the call that posts."""
    looks: bool
    """True where it can be asked for what was posted."""

    def identity(self, n: int) -> str:
        """The organisation file's entry of the nth person."""
        ...

    def admit(self, store: Store, people: Sequence[int]) -> None:
        """They are there from now on."""
        ...

    def fail(self, faults: Faults) -> None: ...

    def came(self, store: Store) -> dict[str, list[Came]]:
        """The messages that stand there, by the keys of the ledger's messages."""
        ...

    def check(self) -> None:
        """Raises AssertionError where anything was sent that the platform would not bear."""
        ...


class OnSlack:
    face = SLACK
    post = "chat.postMessage"
    looks = True

    def __init__(self, slack: FakeSlack) -> None:
        self._slack = slack
        self.address = slack.api

    def identity(self, n: int) -> str:
        return f"slack: U0{n:04d}"

    def admit(self, store: Store, people: Sequence[int]) -> None:
        for n in people:
            self._slack.add_user(f"U0{n:04d}", f"Person {n}")

    def fail(self, faults: Faults) -> None:
        self._slack.faults = faults

    def came(self, store: Store) -> dict[str, list[Came]]:
        found = defaultdict(list)
        for each in self._slack.messages:
            assert each.metadata
            marked = each.text.startswith(MAYBE_TWICE)
            key = each.metadata["event_payload"]["key"]
            found[key].append(Came(f"{each.channel}:{each.ts}", marked))
        return found

    def check(self) -> None:
        self._slack.check()


class OnTeams:
    """Of three people one was met, one has a chat that is gone, and one was never met."""

    face = TEAMS
    post = "post"
    looks = False

    def __init__(self, teams: FakeTeams) -> None:
        self._teams = teams
        self.address = teams.url

    def identity(self, n: int) -> str:
        return f"teams: aad-{n}"

    def admit(self, store: Store, people: Sequence[int]) -> None:
        with store.write(TEST) as writing:
            for n in people:
                if n % 3 == 2:
                    continue
                id = self._teams.conversation(f"a:aad-{n}").id if n % 3 == 0 else f"gone-{n}"
                address = {"user": f"aad-{n}", "team": TENANT, "conversation": id}
                told = {"service_url": self.address, "bot": BOT}
                bind(writing, TEAMS, f"person{n}", {**address, **told})

    def fail(self, faults: Faults) -> None:
        self._teams.weather = faults

    def came(self, store: Store) -> dict[str, list[Came]]:
        """Nothing in a message names it, so it is known by its reader and its words."""
        with store.read() as reading:
            rows = reading.all(reading.select(t.Message))
            written = letters(reading, rows).values()
        keys = {(each.destination, _words(each.text)): each.key for each in written}
        assert len(keys) == len(rows), "two messages say the same"
        found = defaultdict(list)
        for chat in self._teams.conversations.values():
            person = f"person{chat.id.removeprefix('a:aad-')}"
            for each in chat.messages:
                assert each.card is not None
                said = str(each.card["fallbackText"])
                came = Came(f"{chat.id}|{each.id}", said.startswith(MAYBE_TWICE))
                found[keys[person, _words(said)]].append(came)
        return found

    def check(self) -> None:
        for card in self._teams.cards:
            assert_good(card)


def _words(text: str) -> str:
    return " ".join(text.removeprefix(MAYBE_TWICE).split())


@contextmanager
def stage(face: str) -> Iterator[Stage]:
    """The platform of one face."""
    if face == SLACK:
        with FakeSlack() as slack:
            yield OnSlack(slack)
    else:
        with FakeTeams() as teams:
            yield OnTeams(teams)
