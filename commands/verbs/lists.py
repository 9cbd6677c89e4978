"""Lists and search: what there is, ten at a time, counts by BRAG on top."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from commands.invocation import Asked
from commands.listing import COMBINE, Wanted, read_list
from commands.registry import Family
from commands.verbs.help import not_understood, one_edit_away
from db.queries.lists import PAGE, page
from db.queries.search import find as search
from db.store import Reading
from governance.rights import Right, check
from messages.lists import (
    lines_text,
    list_lines,
    list_text,
    page_buttons,
    pages_text,
)
from messages.reply import Reply, Visibility

FAMILY = Family("Lists")

_PAGE = re.compile(r"(?:^|\s+)page\s+(\d{1,6})\s*$", re.I)


@FAMILY.verb(
    "list",
    usage=("list", "list overdue board pib", "list page 2", "list of Cumbria due 30d"),
    summary="list the recommendations, ten a page",
    detail=COMBINE,
)
def list_(asked: Asked) -> Reply:
    return _listed(asked)


@FAMILY.verb(
    "mine",
    "my",
    usage=("mine", "mine due 30d"),
    summary="list what your posts own",
    detail="Posts you deputise for are yours too. Only you see the answer.",
)
def mine(asked: Asked) -> Reply:
    return _listed(asked)


@FAMILY.verb(
    "overdue",
    usage=("overdue", "overdue board pib"),
    summary="list what is past its deadline, open and not claimed complete",
    detail=COMBINE,
)
def overdue(asked: Asked) -> Reply:
    return _listed(asked)


@FAMILY.verb(
    "due",
    usage=("due 30d", "due before 30 April 2023", "due by 30 April", "due 4 weeks owner ACU DCI"),
    summary="list what falls due",
    detail="`before` leaves the day itself out, `by` takes it in. " + COMBINE,
)
def due(asked: Asked) -> Reply:
    return _listed(asked)


@FAMILY.verb(
    "status",
    usage=("status at risk", "status red", "status awaiting sign-off board pib"),
    summary="list by progress, colour or closure",
    detail=COMBINE,
)
def status(asked: Asked) -> Reply:
    return _listed(asked)


@FAMILY.verb(
    "board",
    usage=("board pib", "board pib overdue"),
    summary="list what is before a board",
    detail=COMBINE,
)
def board(asked: Asked) -> Reply:
    return _listed(asked)


@FAMILY.verb(
    "owner",
    usage=("owner ACU DCI", "owner jane overdue"),
    summary="list what a post owns",
    detail="A person stands for the posts they hold. " + COMBINE,
)
def owner(asked: Asked) -> Reply:
    return _listed(asked)


@FAMILY.verb(
    "unowned",
    usage=("unowned", "unowned @ vetting"),
    summary="list what nobody owns",
    detail=COMBINE,
)
def unowned(asked: Asked) -> Reply:
    return _listed(asked)


def _listed(asked: Asked) -> Reply:
    with asked.store.read() as reading:
        check(reading.directory, asked.request.person, reading.today, Right.LOOK_UP)
        wanted = read_list(reading, asked.request.person, f"{asked.verb} {asked.rest}")
        return _page(reading, wanted)


def _page(reading: Reading, wanted: Wanted) -> Reply:
    found = page(reading, wanted.filters, wanted.page)
    personal = "yours" in wanted.words
    shown = Visibility.PRIVATE if personal else Visibility.CHANNEL
    about = ", ".join(wanted.words)
    if not found.total:
        return Reply(_none(wanted), visibility=shown)
    noun = "recommendation" if found.total == 1 else "recommendations"
    heading = f"{found.total} {noun}" + (f": {about}" if about else "")
    lines = list_lines(reading, found.rows)
    return Reply(
        list_text(heading, lines, found, wanted.command),
        visibility=shown,
        lines=lines,
        buttons=page_buttons(found.number, found.pages, wanted.command),
    )


def _none(wanted: Wanted) -> str:
    if not wanted.words:
        return "There are none yet: nothing is imported."
    if wanted.words == ["yours"]:
        return "Nothing is yours: no post you hold or deputise for owns a recommendation."
    return f"No recommendations: {', '.join(wanted.words)}."


@FAMILY.verb(
    "find",
    "search",
    usage=("find vetting backlog", "vetting backlog"),
    summary="search texts, titles, updates and owners; other words do the same",
)
def find(asked: Asked) -> Reply:
    match = _PAGE.search(asked.rest)
    words = (asked.rest[: match.start()] if match else asked.rest).strip()
    if not words:
        return Reply("Find what? For example `find vetting backlog`.", ok=False)
    with asked.store.read() as reading:
        check(reading.directory, asked.request.person, reading.today, Right.LOOK_UP)
        found, corrected = search(reading, words)
        pages = max(1, -(-len(found) // PAGE))
        number = min(max(int(match[1]) if match else 1, 1), pages)
        shown = found[(number - 1) * PAGE : number * PAGE]
        lines = list_lines(reading, shown)
    if not found:
        return not_understood(words, searched=bool(asked.verb))
    command = f"find {words}"
    head = f"{len(found)} found for “{words}”"
    if corrected:
        head += f", read as {_read_as(corrected)}"
    parts = [head, lines_text(lines)]
    if pages > 1:
        parts.append(pages_text(number, pages, command))
    if not asked.verb and (verb := one_edit_away(words)) is not None:
        rest = " ".join([verb, *words.split()[1:]])
        parts.append(f"Did you mean `{rest}`?")
    return Reply(
        "\n\n".join(parts),
        visibility=Visibility.CHANNEL,
        lines=lines,
        buttons=page_buttons(number, pages, command),
    )


def _read_as(corrected: Mapping[str, Sequence[str]]) -> str:
    """What words were taken for: “vetting”, “custody or custodian”."""
    return ", ".join(f"“{' or '.join(near)}”" for near in corrected.values())
