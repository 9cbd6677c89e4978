"""What a face does with a reply before it has any platform's blocks."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

from governance.brag import Brag
from messages.lists import lines_text
from messages.recommendation import card_text
from messages.reply import Reply

_UNDO = "undo"


def brag_words(brag: Brag | None) -> str:
    """BRAG as letter, shape and word: "R ▲ Red"; colour alone is lost to some, and in print."""
    return f"{brag.letter} {brag.shape} {brag.colour.capitalize()}" if brag else ""


def shared_by(reply: Reply, command: str) -> str | None:
    """What shows the answer to everybody; None where there is nothing to share.

    After a change it is the card, never the words that made it: they would change it again.
    """
    if not reply.ok or reply.form is not None:
        return None
    if len(reply.cards) == 1:
        return reply.cards[0].name or None
    changed = any(each.command == _UNDO for each in reply.buttons)
    return None if changed else command.strip() or None


def around(reply: Reply) -> tuple[str, str]:
    """What the text says before and after its cards or lines, which are shown by themselves."""
    text = reply.text
    if reply.lines:
        head, found, tail = text.partition(lines_text(reply.lines))
        return (head if found else text.partition("\n\n")[0]).strip(), tail.strip()
    for card in reply.cards:
        text = text.replace(card_text(card), "", 1)
    return text.strip(), ""


async def with_the_others(
    reply: Reply, names: tuple[str, ...], again: Callable[[], Awaitable[Reply]]
) -> Reply:
    """The answer to a press on a message of several cards, which keeps them all.

    `names` are those that stand there; `again` asks for all of them as they are now.
    """
    named = {card.name for card in reply.cards}
    if len(names) < 2 or not reply.ok or not named or not named < set(names):
        return reply
    others = await again()
    if not others.ok:
        return reply
    head = reply.text
    for card in reply.cards:
        head = head.replace(card_text(card), "", 1)
    return replace(reply, text=f"{head.strip()}\n\n{others.text}".strip(), cards=others.cards)
