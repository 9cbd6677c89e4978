"""The message extension: look one up from the compose box, and save a message as an update.

What is looked up is only read, whatever is typed there. A card that goes into a conversation has
nothing to press: whoever reads it there asks for themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from html.parser import HTMLParser

from bot.chat.replies import brag_words
from bot.chat.text import clean, cut
from bot.teams.activity import Turn
from bot.teams.bot import Answer, Answering
from bot.teams.dialogs import form_answer, opened, refused, still_open, submitted_data
from bot.teams.elements import CONTENT_TYPE, Json
from bot.teams.endpoint import Answered
from bot.teams.messages import reply_card
from commands.verbs.updates import update_form_about
from messages.recommendation import cards_reply, excerpt
from messages.reply import Card, Reply

SEARCH = "find"
"""The command of the search, and of its one parameter; the manifest has them too."""
WORDS = "words"
SAVE = "saveUpdate"
"""The command of the action on a message."""
MOST = 25
"""So many are shown at once: as many as Teams asks for."""
FURTHEST = 200
"""So many are passed over at most; whoever has not found it by then types more of it."""
ASK = "Type a number such as 24087, or words of a recommendation."
PREVIEW = "application/vnd.microsoft.card.thumbnail"
_BLOCKS = frozenset({"p", "div", "br", "li", "blockquote", "h1", "h2", "h3", "tr"})
_LINK = 2000


async def searched(answering: Answering, turn: Turn) -> Answered:
    """What somebody types into the search, as cards to choose from: those that are meant, else
    those in which the words stand, else those whose number is nearly the one typed."""
    words, (skip, most) = _parameter(turn), _window(turn)
    first = await answering.answer(turn, f"show {words}" if words else "mine", private=True)
    if first.asker is None:
        return _told(first.reply.text)
    if first.reply.cards:
        return _results([_choice(card) for card in first.reply.cards[skip:][:most]])
    names, said = await _listed(answering, turn, f"find {words}" if words else "mine", skip + most)
    if names:
        return _results([_choice(c) for c in await _cards(answering, turn, names[skip:])])
    if not words:
        return _told(ASK)
    if near := [button.label for button in first.reply.buttons][skip:][:most]:
        meant = await _cards(answering, turn, near)
        return _results([_choice(card, asked="Did you mean {}?") for card in meant])
    return _results([]) if skip else _told(said)


async def _listed(
    answering: Answering, turn: Turn, command: str, most: int
) -> tuple[list[str], str]:
    """The names in a list, from its beginning as far as they are wanted; and what it says."""
    names: list[str] = []
    said, page = command, 1
    while True:
        reply = (await answering.answer(turn, said, private=True)).reply
        names += [line.name for line in reply.lines if line.name]
        page += 1
        said = f"{command} page {page}"
        if len(names) >= most or said not in {each.command for each in reply.buttons}:
            return names[:most], reply.text


async def _cards(answering: Answering, turn: Turn, names: Sequence[str]) -> tuple[Card, ...]:
    if not names:
        return ()
    return (await answering.answer(turn, f"show {', '.join(names)}", private=True)).reply.cards


async def fetched(answering: Answering, turn: Turn) -> Answered:
    """A message is to be saved as an update: the form, with its words and its address."""
    shut = await refused(answering, turn)
    if shut is not None:
        return Answered(shut)
    text, link = said_in(turn)
    form = update_form_about(text, link)
    return Answered(opened(answering, Answer.private(Reply("", form=form)), {}))


async def submitted(answering: Answering, turn: Turn) -> Answered:
    """That form: saved and told, or open still with what is wrong."""
    data = submitted_data(turn)
    given = form_answer(data)
    id = f"form:{data.get('sheet') or turn.id}"
    answer = await answering.answer(turn, form=given, id=id, private=True)
    if not answer.reply.ok or answer.reply.form is not None:
        return Answered(await still_open(answering, turn, answer, data, given))
    told = answer.reply.text.partition("\n\n")[0]
    return Answered({"task": {"type": "message", "value": cut(clean(told), 300)}})


def said_in(turn: Turn) -> tuple[str, str]:
    """The words of the message that the action is on, and its address."""
    payload = turn.value.get("messagePayload")
    message = payload if isinstance(payload, dict) else {}
    body = message.get("body")
    content = str(body.get("content") or "") if isinstance(body, dict) else ""
    plain = isinstance(body, dict) and body.get("contentType") == "text"
    link = str(message.get("linkToMessage") or "")
    return (content.strip() if plain else without_tags(content)), link[:_LINK]


def without_tags(text: str) -> str:
    """The words of HTML, a line for each paragraph."""
    words = _Words()
    words.feed(text)
    words.close()
    lines = (" ".join(line.split()) for line in "".join(words.found).split("\n"))
    return "\n".join(line for line in lines if line)


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002  # its name is fixed
        if tag in _BLOCKS:
            self.found.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in _BLOCKS:
            self.found.append("\n")

    def handle_data(self, data: str) -> None:
        self.found.append(data)


def _parameter(turn: Turn) -> str:
    found = turn.value.get("parameters")
    for each in found if isinstance(found, list) else []:
        if isinstance(each, dict) and each.get("name") == WORDS:
            return " ".join(str(each.get("value") or "").split())
    return ""


def _window(turn: Turn) -> tuple[int, int]:
    """How many to pass over, and how many to show."""
    found = turn.value.get("queryOptions")
    options = found if isinstance(found, dict) else {}
    skip, count = options.get("skip"), options.get("count")
    return (
        min(max(skip, 0), FURTHEST) if isinstance(skip, int) else 0,
        min(max(count, 1), MOST) if isinstance(count, int) else MOST,
    )


def _told(text: str) -> Answered:
    """What there is to say where nothing is found."""
    return Answered({"composeExtension": {"type": "message", "text": cut(clean(text), 500)}})


def _results(found: list[Json]) -> Answered:
    result = {"type": "result", "attachmentLayout": "list", "attachments": found}
    return Answered({"composeExtension": result})


def _choice(card: Card, *, asked: str = "{}") -> Json:
    """A card to put into a conversation, and the two lines by which it is chosen, of which the
    first is what is `asked` with its title."""
    bare = replace(card, buttons=())
    told = f"{brag_words(card.brag)} · {excerpt(card.text)}"
    title = asked.format(cut(clean(card.title), 100))
    preview = {"title": title, "text": cut(clean(told), 200)}
    return {
        "contentType": CONTENT_TYPE,
        "content": reply_card(cards_reply("", (bare,))),
        "preview": {"contentType": PREVIEW, "content": preview},
    }
