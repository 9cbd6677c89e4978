"""Jinja filters: plain text as HTML, escaped, folded, with references that can be pressed."""

from __future__ import annotations

import re

from markupsafe import Markup, escape

from bot.chat.text import typed_part
from governance.brag import Brag
from messages.reply import Card, Fact

FOLD_CHARACTERS = 1000
FOLD_LINES = 20
SPARE = 1.3
"""A text only a little over the fold is shown whole."""

HEADING_CHARACTERS = 60
LEAST_ROWS = 3
_COLUMNS = re.compile(r" {2,}")

_BULLET = re.compile(r"^[ \t]*[•-][ \t]+")
_TYPED = re.compile(
    r"(?:rec|AFI|CoC) \S+(?: @ (?:\"[^\"]*\"|[^,;:(·\"]+?))? of [^,;:(·]*[^,;:(·\s]"
)
_SPECIAL = re.compile(r"`(?P<code>[^`\n]+)`|(?<![\w/#])#(?P<ref>\d{4,8})\b")


def linked(text: str, own: bool = True) -> Markup:
    """Escaped text in which `#24087` can be pressed to see its card; in Duly's `own` words what
    stands between backticks is code, but for what they quote."""
    start, end = typed_part(text) if own else (0, len(text))
    parts: list[Markup] = []
    at = 0
    for match in _SPECIAL.finditer(text):
        parts.append(escape(text[at : match.start()]))
        if match["code"] and start < match.end() and match.start() < end:
            parts.append(escape(match[0]))
        elif match["code"]:
            parts.append(Markup("<code>{}</code>").format(match["code"]))
        else:
            parts.append(_command_button(match["ref"], match[0]))
        at = match.end()
    parts.append(escape(text[at:]))
    return Markup("").join(parts)


def _command_button(command: str, shown: str) -> Markup:
    return Markup('<button form="ask" name="command" value="{}" class="ref">{}</button>').format(
        command, shown
    )


def paragraphs(text: str) -> Markup:
    """A text's paragraphs, with its bullets as a list and a heading above them as one."""
    parts: list[Markup] = []
    for block in re.split(r"\n[ \t]*\n", text.strip("\n")):
        lines = block.split("\n")
        at = 0
        while at < len(lines):
            bulleted = _BULLET.match(lines[at]) is not None
            end = at
            while end < len(lines) and (_BULLET.match(lines[end]) is not None) == bulleted:
                end += 1
            parts.append(_block(lines[at:end], bulleted=bulleted, headed=end < len(lines)))
            at = end
    return Markup("").join(parts)


def _block(lines: list[str], *, bulleted: bool, headed: bool) -> Markup:
    """Lines of one kind; the last of some plain lines above bullets is their heading."""
    if bulleted:
        items = (Markup("<li>{}</li>").format(_item(_BULLET.sub("", one))) for one in lines)
        return Markup('<ul class="said">{}</ul>').format(Markup("").join(items))
    above, rows = _split_table(lines)
    if rows:
        text = _block(above, bulleted=False, headed=False) if above else Markup("")
        return text + _table(rows)
    short = headed and len(lines[-1]) <= HEADING_CHARACTERS and not lines[-1].endswith(".")
    plain, heading = (lines[:-1], lines[-1]) if short else (lines, "")
    text = Markup("<p>{}</p>").format(linked("\n".join(plain))) if plain else Markup("")
    return text + (Markup('<p class="lead">{}</p>').format(linked(heading)) if heading else "")


def _item(line: str) -> Markup:
    """A line of a list; the reference it begins with can be pressed."""
    named = _TYPED.match(line)
    if named is None:
        return linked(line)
    return _command_button(named[0], named[0]) + linked(line[named.end() :])


def _split_table(lines: list[str]) -> tuple[list[str], list[list[str]]]:
    """The lines above a table that ends the run, and the table's rows; no rows for no table."""
    rows = [_COLUMNS.split(line) for line in lines]
    width = len(rows[-1])
    start = len(rows)
    while start > 0 and len(rows[start - 1]) == width:
        start -= 1
    if width < 2 or len(rows) - start < LEAST_ROWS:
        return lines, []
    return lines[:start], rows[start:]


def _table(rows: list[list[str]]) -> Markup:
    """Lines whose columns stand two spaces apart, as the counts by BRAG do."""
    cells = (
        Markup("<tr>{}</tr>").format(
            Markup("").join(Markup("<td>{}</td>").format(linked(cell)) for cell in row)
        )
        for row in rows
    )
    return Markup('<table class="counts">{}</table>').format(Markup("").join(cells))


def fold(text: str) -> tuple[str, str]:
    """The part of a long text that is shown at once, and the rest; split between lines or words."""
    lines = text.split("\n")
    if len(lines) > FOLD_LINES * SPARE:
        head = "\n".join(lines[:FOLD_LINES])
        if len(head) <= FOLD_CHARACTERS * SPARE:
            return head, "\n".join(lines[FOLD_LINES:])
    if len(text) <= FOLD_CHARACTERS * SPARE:
        return text, ""
    ends = (_last(text, mark) for mark in ("\n", ". ", " "))
    end = next((end for end in ends if end), FOLD_CHARACTERS)
    return text[:end].rstrip(), text[end:].lstrip()


def _last(text: str, mark: str) -> int:
    """The end of the last such mark within the fold; 0 where there is none in its second half."""
    at = text.rfind(mark, FOLD_CHARACTERS // 2, FOLD_CHARACTERS)
    return at + len(mark) if at >= 0 else 0


def capped(number: int) -> str:
    return str(number) if number < 100 else "99+"


def brag_words(card: Card) -> str:
    """The words of a card's or a row's BRAG, as the core says them: "Red: 3 days overdue"."""
    assert card.brag is not None
    value = next((f.value for f in card.facts if _says_brag(f, card)), None)
    if value:
        return value.removeprefix(_mark(card.brag))
    colour = card.brag.colour.capitalize()
    if card.subtitle.startswith(_mark(card.brag)):
        return f"{colour}: {card.subtitle.removeprefix(_mark(card.brag)).partition(' · ')[0]}"
    return colour


def plain_subtitle(card: Card) -> str:
    """A row's second line without what its coloured pill already shows."""
    if card.brag and card.subtitle.startswith(_mark(card.brag)):
        return card.subtitle.partition(" · ")[2]
    return card.subtitle


def plain_facts(card: Card) -> list[Fact]:
    """The facts but the one that the coloured pill already shows."""
    return [f for f in card.facts if not _says_brag(f, card)]


def _says_brag(fact: Fact, card: Card) -> bool:
    return card.brag is not None and fact.value.startswith(_mark(card.brag))


def _mark(brag: Brag) -> str:
    return f"{brag.letter} {brag.shape} "
