"""Handlers of the message extension: search from the compose box, save a message as an update.

The search only reads, whatever is typed there. A card that it puts into a conversation has no
buttons: whoever reads it there asks for themselves.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import replace

from bot.chat.replies import brag_words
from bot.chat.text import clean, cut
from bot.teams.bot import TeamsAnswer, TeamsBot
from bot.teams.dialogs import (
    form_answer,
    form_id,
    opened,
    refused,
    still_open,
    submitted_data,
)
from bot.teams.elements import CONTENT_TYPE, Json
from bot.teams.messages import reply_card
from bot.teams.sdk import (
    ActivityBase,
    MessageExtensionFetchTaskInvokeActivity,
    MessageExtensionQueryInvokeActivity,
    MessageExtensionSubmitActionInvokeActivity,
    MessagingExtensionQuery,
)
from commands.verbs.update_form import update_form_about
from messages.recommendation import cards_reply, excerpt
from messages.reply import Card, Reply

SEARCH = "find"
"""The command of the search, and of its one parameter; the manifest has them too."""
WORDS = "words"
SAVE = "saveUpdate"
"""The command of the action on a message."""
MAX_SHOWN = 25
"""Cards shown at once: as many as Teams asks for."""
MAX_SKIPPED = 200
"""Cards passed over at most; whoever has not found it by then types more of it."""
ASK = "Type a number such as 24087, or words of a recommendation."
PREVIEW = "application/vnd.microsoft.card.thumbnail"
_BLOCK = re.compile(r"</?(?:p|div|br|li|blockquote|h[1-6]|tr)\b[^<>]*>", re.I)
_TAG = re.compile(r"</?[a-z][^<>]*>", re.I)
LINK_LENGTH = 2000


async def on_message_ext_query(
    bot: TeamsBot, activity: MessageExtensionQueryInvokeActivity
) -> Json:
    """Cards to choose from for what somebody types into the search: those that it names, else
    those with the words in them, else those whose number is nearly the one typed."""
    words, (skip, count) = _words_typed(activity.value), _window(activity.value)
    first = await bot.answer(activity, f"show {words}" if words else "mine", private=True)
    if first.member is None:
        return _message(first.reply.text)
    if first.reply.cards:
        return _results([_choice(card) for card in first.reply.cards[skip:][:count]])
    names, text = await _listed(bot, activity, f"find {words}" if words else "mine", skip + count)
    if names:
        return _results([_choice(card) for card in await _cards(bot, activity, names[skip:])])
    if not words:
        return _message(ASK)
    if near := [button.label for button in first.reply.buttons][skip:][:count]:
        meant = await _cards(bot, activity, near)
        return _results([_choice(card, title="Did you mean {}?") for card in meant])
    return _results([]) if skip else _message(text)


async def _listed(
    bot: TeamsBot, activity: ActivityBase, command: str, count: int
) -> tuple[list[str], str]:
    """The first `count` names of a list, and the text of its last page."""
    names: list[str] = []
    command_of_page, page = command, 1
    while True:
        reply = (await bot.answer(activity, command_of_page, private=True)).reply
        names += [line.name for line in reply.lines if line.name]
        page += 1
        command_of_page = f"{command} page {page}"
        if len(names) >= count or command_of_page not in {each.command for each in reply.buttons}:
            return names[:count], reply.text


async def _cards(bot: TeamsBot, activity: ActivityBase, names: Sequence[str]) -> tuple[Card, ...]:
    if not names:
        return ()
    return (await bot.answer(activity, f"show {', '.join(names)}", private=True)).reply.cards


async def on_message_ext_open(
    bot: TeamsBot, activity: MessageExtensionFetchTaskInvokeActivity
) -> Json:
    """The form that saves a message as an update, with the message's text and link."""
    refusal = await refused(bot, activity)
    if refusal is not None:
        return refusal
    message = activity.value.message_payload
    body = message.body if message is not None else None
    content = (body.content if body is not None else None) or ""
    plain = body is not None and body.content_type == "text"
    link = (message.link_to_message if message is not None else None) or ""
    text = content.strip() if plain else without_tags(content)
    form = update_form_about(text, link[:LINK_LENGTH])
    return opened(bot, TeamsAnswer.private(Reply("", form=form)), {})


async def on_message_ext_submit(
    bot: TeamsBot, activity: MessageExtensionSubmitActionInvokeActivity
) -> Json:
    """Save that form and say so, or leave it open with what is wrong."""
    data = submitted_data(activity.value.data)
    form = form_answer(data)
    answer = await bot.answer(activity, form=form, id=form_id(data, activity), private=True)
    if not answer.reply.ok or answer.reply.form is not None:
        return await still_open(bot, activity, answer, data, form)
    text = answer.reply.text.partition("\n\n")[0]
    return {"task": {"type": "message", "value": cut(clean(text), 300)}}


def without_tags(text: str) -> str:
    """The text of HTML, a line for each paragraph. Takes linear time."""
    plain = html.unescape(_TAG.sub("", _BLOCK.sub("\n", text)))
    lines = (" ".join(line.split()) for line in plain.split("\n"))
    return "\n".join(line for line in lines if line)


def _words_typed(query: MessagingExtensionQuery) -> str:
    values = (each.value for each in query.parameters or () if each.name == WORDS)
    return " ".join(str(next(values, None) or "").split())


def _window(query: MessagingExtensionQuery) -> tuple[int, int]:
    """The number of cards to pass over, and of those to show."""
    options = query.query_options
    skip = (options.skip if options is not None else None) or 0
    count = options.count if options is not None else None
    count = MAX_SHOWN if count is None else max(count, 1)
    return min(max(skip, 0), MAX_SKIPPED), min(count, MAX_SHOWN)


def _message(text: str) -> Json:
    """The text shown where no card is found."""
    return {"composeExtension": {"type": "message", "text": cut(clean(text), 500)}}


def _results(choices: list[Json]) -> Json:
    result = {"type": "result", "attachmentLayout": "list", "attachments": choices}
    return {"composeExtension": result}


def _choice(card: Card, *, title: str = "{}") -> Json:
    """A card to put into a conversation, and the two lines by which it is chosen; `title` has the
    card's own in its braces."""
    bare = replace(card, buttons=())
    text = f"{brag_words(card.brag)} · {excerpt(card.text)}"
    preview = {"title": title.format(cut(clean(card.title), 100)), "text": cut(clean(text), 200)}
    return {
        "contentType": CONTENT_TYPE,
        "content": reply_card(cards_reply("", (bare,))),
        "preview": {"contentType": PREVIEW, "content": preview},
    }
