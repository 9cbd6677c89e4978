"""The message extension: look one up from the compose box, and save a message as an update.

What is looked up is only read, whatever is typed there. A card that goes into a conversation has
nothing to press: whoever reads it there asks for themselves.
"""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser

from bot.faces.replies import brag_words
from bot.faces.text import clean, cut
from bot.teams.answering import Answer, Answering
from bot.teams.dialogs import opened, refused, still_open, submitted_data
from bot.teams.elements import CONTENT_TYPE, Json
from bot.teams.forms import form_answer
from bot.teams.inbound import Answered
from bot.teams.messages import reply_card
from bot.teams.turn import Turn
from commands.families.updates import update_form_about
from messages.recommendation import card_text, excerpt
from messages.reply import Card, Reply

SEARCH = "find"
"""The command of the search, and of its one parameter; the manifest has them too."""
WORDS = "words"
SAVE = "saveUpdate"
"""The command of the action on a message."""
MOST = 10
ASK = "Type a number such as 24087, or words of a recommendation."
PREVIEW = "application/vnd.microsoft.card.thumbnail"
_BLOCKS = frozenset({"p", "div", "br", "li", "blockquote", "h1", "h2", "h3", "tr"})
_LINK = 2000


async def searched(answering: Answering, turn: Turn) -> Answered:
    """What somebody types into the search, as cards to choose from."""
    options = turn.value.get("queryOptions")
    if isinstance(options, dict) and options.get("skip"):
        return _results([])
    words = _parameter(turn)
    if not words:
        first = await answering.answer(turn, "mine", private=True)
        return await _found(answering, turn, first, ASK)
    shown = await answering.answer(turn, f"show {words}", private=True)
    if shown.reply.cards or shown.asker is None:
        return await _found(answering, turn, shown, shown.reply.text)
    found = await answering.answer(turn, f"find {words}", private=True)
    return await _found(answering, turn, found, found.reply.text)


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


async def _found(answering: Answering, turn: Turn, answer: Answer, otherwise: str) -> Answered:
    """An answer's cards, those of its lines, or what there is to say instead."""
    cards = answer.reply.cards
    names = [line.name for line in answer.reply.lines if line.name][:MOST]
    if not cards and names:
        again = await answering.answer(turn, ", ".join(names), private=True)
        cards = again.reply.cards
    if cards:
        return _results([_choice(card) for card in cards[:MOST]])
    told = answer.reply.text if answer.asker is None else otherwise
    return Answered({"composeExtension": {"type": "message", "text": cut(clean(told), 500)}})


def _results(found: list[Json]) -> Answered:
    result = {"type": "result", "attachmentLayout": "list", "attachments": found}
    return Answered({"composeExtension": result})


def _choice(card: Card) -> Json:
    """A card to put into a conversation, and the two lines by which it is chosen."""
    bare = replace(card, buttons=())
    told = f"{brag_words(card.brag)} · {excerpt(card.text)}"
    preview = {"title": cut(clean(card.title), 100), "text": cut(clean(told), 200)}
    return {
        "contentType": CONTENT_TYPE,
        "content": reply_card(Reply(card_text(bare), cards=(bare,))),
        "preview": {"contentType": PREVIEW, "content": preview},
    }
