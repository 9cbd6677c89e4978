"""A platform in memory that does as it is told, and remembers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from db import tables as t
from db.store import Reading, Store
from scheduler.errors import NotDelivered
from scheduler.model import Letter
from tests.support.stored import TEST


class Platform:
    """Keeps what it is sent; `failing` are what the next posts raise, and `posting` is called at
    the start of each post, which is the moment at which anything may happen."""

    pace = timedelta(0)

    def __init__(self, name: str = "platform", *reached: str) -> None:
        self.name = name
        self.reached = reached
        self.letters: list[Letter] = []
        self.edits: list[Letter] = []
        self.failing: list[BaseException] = []
        self.posting: Callable[[Letter], None] = lambda letter: None
        self.looks = 0

    def reaches(self, _reading: Reading, destination: str) -> bool:
        return not self.reached or destination in self.reached

    def post(self, letter: Letter) -> str:
        self.posting(letter)
        if self.failing:
            raise self.failing.pop(0)
        self.letters.append(letter)
        return f"{self.name}:{len(self.letters)}"

    def find(self, letter: Letter) -> str | None:
        self.looks += 1
        keys = [one.key for one in self.letters]
        return f"{self.name}:{keys.index(letter.key) + 1}" if letter.key in keys else None

    def edit(self, letter: Letter, _platform_id: str) -> None:
        if self.failing:
            raise self.failing.pop(0)
        self.edits.append(letter)

    @property
    def keys(self) -> list[str]:
        return [letter.key for letter in self.letters]


class Forgetful(Platform):
    """One that cannot be asked for what it was sent, as Teams cannot."""

    def find(self, letter: Letter) -> str | None:
        self.looks += 1
        raise NotDelivered(f"Nobody can say whether {letter.key} arrived.", for_good=True)


def waiting_message(store: Store, key: str, destination: str = "jane", **more: object) -> int:
    """A message that was just gathered; gives its id."""
    with store.write(TEST) as writing:
        fields = {"kind": "notice", "text": f"About {key}.", "gathered_at": writing.now, **more}
        row = writing.add(
            t.Message(
                organisation=writing.key, key=key, destination=destination, day=writing.today,
                person=None if destination.startswith("#") else destination, **fields,
            )
        )  # fmt: skip
        assert row.id is not None
        return row.id


def message(store: Store, key: str) -> t.Message:
    with store.read() as reading:
        found = reading.first(reading.select(t.Message).where(t.Message.key == key))
        assert found is not None
        return found


NO_ANSWER = NotDelivered("No answer.", uncertain=True)
