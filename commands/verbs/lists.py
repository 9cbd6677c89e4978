"""Lists and search: ten lines a page, a list with its counts by BRAG on top."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from commands.invocation import Context
from commands.parsing.filters import COMBINE, ListRequest, read_list, take_page
from commands.registry import Family
from commands.verbs.help import not_understood, one_edit_away
from db.queries.lists import PAGE, page
from db.queries.lookup import by_ids
from db.queries.search import find as search
from db.store import Reading
from messages.lists import (
    lines_reply,
    list_heading,
    list_lines,
    page_buttons,
    pages_text,
)
from messages.reply import Reply, Visibility

FAMILY = Family("Lists")

_LISTS: tuple[tuple[tuple[str, ...], tuple[str, ...], str, str], ...] = (
    (
        ("list",),
        ("list", "list overdue board pib", "list page 2", "list of Cumbria due 30d"),
        "list the recommendations, ten a page",
        COMBINE,
    ),
    (
        ("mine", "my"),
        ("mine", "mine due 30d"),
        "list what your posts own",
        "Posts you deputise for are yours too. Only you see the answer.",
    ),
    (
        ("overdue",),
        ("overdue", "overdue board pib"),
        "list what is past its deadline, open and not claimed complete",
        COMBINE,
    ),
    (
        ("due",),
        ("due 30d", "due before 30 April 2023", "due by 30 April", "due 4 weeks owner ACU DCI"),
        "list what falls due",
        "`before` leaves the day itself out, `by` takes it in. " + COMBINE,
    ),
    (
        ("status",),
        ("status at risk", "status red", "status awaiting sign-off board pib"),
        "list by progress, colour or closure",
        COMBINE,
    ),
    (
        ("board",),
        ("board pib", "board pib overdue"),
        "list what is before a board",
        COMBINE,
    ),
    (
        ("owner",),
        ("owner ACU DCI", "owner jane overdue"),
        "list what a post owns",
        "A person stands for the posts they hold. " + COMBINE,
    ),
    (
        ("unowned",),
        ("unowned", "unowned @ vetting"),
        "list what nobody owns",
        COMBINE,
    ),
)
"""Each list: its spellings, usage, summary and detail. The word itself is the first filter."""


def _listed(reading: Reading, context: Context) -> Reply:
    request = read_list(reading, context.person, f"{context.word} {context.rest}")
    return _page(reading, request)


for _words, _usage, _summary, _detail in _LISTS:
    FAMILY.look(*_words, usage=_usage, summary=_summary, detail=_detail)(_listed)


def _page(reading: Reading, request: ListRequest) -> Reply:
    shown = page(reading, request.filters, request.page)
    personal = "yours" in request.words
    visibility = Visibility.PRIVATE if personal else Visibility.CHANNEL
    about = ", ".join(request.words)
    if not shown.total:
        return Reply(_none(request), visibility=visibility)
    noun = "recommendation" if shown.total == 1 else "recommendations"
    heading = f"{shown.total} {noun}" + (f": {about}" if about else "")
    return lines_reply(
        list_heading(heading, shown),
        list_lines(reading, shown.rows),
        pages_text(shown.number, shown.pages, request.command),
        visibility=visibility,
        buttons=page_buttons(shown.number, shown.pages, request.command),
    )


def _none(request: ListRequest) -> str:
    if not request.words:
        return "There are none yet: nothing is imported."
    if request.words == ["yours"]:
        return "Nothing is yours: no post you hold or deputise for owns a recommendation."
    return f"No recommendations: {', '.join(request.words)}."


@FAMILY.look(
    "find",
    "search",
    usage=("find vetting backlog", "vetting backlog"),
    summary="search texts, titles, updates and owners; other words do the same",
    slow=True,
)
def find(reading: Reading, context: Context) -> Reply:
    words, asked_page = take_page(context.rest)
    if not words:
        return Reply("Find what? For example `find vetting backlog`.", ok=False)
    ids, corrected = search(reading, words)
    if not ids:
        return not_understood(words, searched=bool(context.word))
    pages = max(1, -(-len(ids) // PAGE))
    number = min(max(asked_page, 1), pages)
    shown = ids[(number - 1) * PAGE : number * PAGE]
    by_id = by_ids(reading, shown)
    lines = list_lines(reading, [by_id[id] for id in shown])
    command = f"find {words}"
    head = f"{len(ids)} found for “{words}”"
    if corrected:
        head += f", read as {_read_as(corrected)}"
    after = pages_text(number, pages, command)
    if not context.word and (verb := one_edit_away(words)) is not None:
        rest = " ".join([verb, *words.split()[1:]])
        after = f"{after}\n\nDid you mean `{rest}`?".strip()
    return lines_reply(
        head,
        lines,
        after,
        visibility=Visibility.CHANNEL,
        buttons=page_buttons(number, pages, command),
    )


def _read_as(corrected: Mapping[str, Sequence[str]]) -> str:
    """The words as they were corrected: “vetting”, “custody or custodian”."""
    return ", ".join(f"“{' or '.join(near)}”" for near in corrected.values())
