"""A platform in memory that does as it is told, and remembers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from db.store import Reading
from scheduler.errors import NotDelivered
from scheduler.model import Letter
from tests.factories import add_message as waiting_message
from tests.factories import message

__all__ = ["NO_ANSWER", "Forgetful", "Platform", "message", "waiting_message"]


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


NO_ANSWER = NotDelivered("No answer.", uncertain=True)
