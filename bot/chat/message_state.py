"""Kind of a message's content, which decides where the answer to a press on it is shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from messages.reply import Reply

CARDS, LINES, QUESTION, WORDS = "c", "l", "q", "w"


@dataclass(frozen=True)
class MessageState:
    """Content of a message: cards, a list, a question that wants an answer, or words."""

    what: str = WORDS
    names: tuple[str, ...] = ()
    """The cards', as they can be typed."""

    @classmethod
    def of(cls, reply: Reply) -> Self:
        if not reply.ok:
            return cls(QUESTION)
        if reply.cards:
            return cls(CARDS, tuple(card.name for card in reply.cards))
        return cls(LINES if reply.lines else WORDS)

    def gives_way_to(self, new: Reply) -> bool:
        """True where the answer to a press takes this message's place.

        So it does for the new state of a card, the next page of a list, and the outcome of a
        choice or confirmation; anything else is a new answer below.
        """
        if not new.ok:
            return False
        if self.what == QUESTION:
            return True
        if self.what == LINES:
            return bool(new.lines)
        return bool({card.name for card in new.cards} & set(self.names))
