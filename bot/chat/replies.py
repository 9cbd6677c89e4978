"""Operations on a reply before it becomes a platform's blocks."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from governance.brag import Brag
from messages.recommendation import cards_reply
from messages.reply import Reply


def brag_words(brag: Brag | None) -> str:
    """BRAG as letter, shape and word: "R ▲ Red"; colour alone is lost to some, and in print."""
    return f"{brag.letter} {brag.shape} {brag.colour.capitalize()}" if brag else ""


def shared_by(reply: Reply, command: str) -> str | None:
    """The command whose answer may be shared with everybody; None where there is none.

    After a change it is the card's, never the one that made the change and would make it again.
    """
    if not reply.ok or reply.form is not None:
        return None
    if len(reply.cards) == 1:
        return reply.cards[0].name or None
    return None if reply.offers_undo else command.strip() or None


async def with_the_others(
    reply: Reply, names: tuple[str, ...], again: Callable[[], Awaitable[Reply]]
) -> Reply:
    """The answer to a press on a message of several cards, which keeps them all.

    `names` are those of the message's cards; `again` asks for all of them as they are now.
    """
    named = {card.name for card in reply.cards}
    if len(names) < 2 or not reply.ok or not named or not named < set(names):
        return reply
    others = await again()
    if not others.ok:
        return reply
    before = "\n\n".join(filter(None, [reply.around[0], others.around[0]]))
    return cards_reply(
        before, others.cards, visibility=reply.visibility, buttons=reply.buttons, form=reply.form
    )
