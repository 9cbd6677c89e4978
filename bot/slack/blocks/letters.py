"""Letters as Slack messages: a digest with buttons on each line, and the posts in channels."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from bot.chat.text import blank, clean, cut, pieces, size
from bot.slack.blocks import limits
from bot.slack.blocks.elements import (
    CUT_SHORT,
    FORM,
    ROOM,
    SNOOZE,
    UNFORMATTED,
    Block,
    actions,
    button,
    context,
    fits,
    headed,
    header,
    message_text,
    plain,
    sayable,
    section,
    short,
)
from bot.slack.blocks.mrkdwn import to_mrkdwn
from messages.digest import Digest, DigestLine
from messages.reply import Button
from scheduler.courier import Letter

_LINE = 400
_RESERVED = 4
"""Blocks kept for what closes a digest: what more there is, Snooze, how to answer."""
MORE = "… and {count} more: say `/rec mine`"


def letter_payload(letter: Letter, *, zone: ZoneInfo | None = None) -> Block:
    """A letter as a message: {"text", "blocks"}; `text` says it all.

    With `zone`, the force's, moments are date tokens. One too long for blocks has none: Slack
    then shows its text.
    """
    payload: Block = {"text": message_text(letter.text)}
    blocks = _digest(letter.digest) if letter.digest is not None else _words(letter.text, zone)
    return payload | ({"blocks": blocks} if blocks else UNFORMATTED)


def _words(text: str, zone: ZoneInfo | None) -> list[Block]:
    """A board's paper or a notice: its first line as a heading where it is one."""
    first, _, rest = clean(text).partition("\n")
    titled = rest.strip() and first.strip() and size(first) <= limits.HEADER
    shown = rest if titled and not first.endswith(".") else text
    if not fits(shown, zone, ROOM - limits.HEADER):
        return []
    blocks = headed(shown, zone)
    return blocks if shown is text else [header(first), *blocks]


def _digest(digest: Digest) -> list[Block]:
    """Two blocks a line while all lines have room so, else one, else words alone."""
    lines = [line for each in digest.sections for line in each.lines]
    parts = 1 + len(digest.sections) + _RESERVED
    wide = sum(2 if _target(line) else 1 for line in lines)
    texts = sum(size(to_mrkdwn(line.plain)) + 120 for line in lines)
    if parts + wide <= limits.MESSAGE_BLOCKS and texts < ROOM // 2:
        return _Sheet(digest).wide()
    return _Sheet(digest).narrow()


class _Sheet:
    """A digest's blocks while they are laid out, and the room that is left."""

    def __init__(self, digest: Digest) -> None:
        self.digest = digest
        self.blocks: list[Block] = []
        closing = short(digest.closing, 1000, own=True)
        self.closing = [context(closing)] if not blank(digest.closing) else []
        self.room = ROOM - limits.room(self.closing) - CUT_SHORT
        if not blank(digest.opening):
            self.put(section(short(digest.opening, 1000, own=True)))

    def wide(self) -> list[Block]:
        """Update and Snooze as buttons under each line."""
        for part in self.digest.sections:
            self.put(section(f"*{short(part.title, _LINE)}*"))
            for line in part.lines:
                self.put(section(_bullet(line)))
                if target := _target(line):
                    update = Button("Update…", f"update {target}", opens_form=True)
                    snooze = Button("Snooze", f"snooze {target}")
                    for row in actions([(update, FORM), (snooze, SNOOZE)]):
                        self.put(row)
        return [*self.blocks, *self.closing]

    def narrow(self) -> list[Block]:
        """Update beside each line, one Snooze for all; what has no room for a button as words."""
        left = len(self.digest.sections)
        snoozed: dict[str, Block] = {}
        dropped = 0
        for part in self.digest.sections:
            left -= 1
            # a section after this one takes its heading and its words, two blocks at least
            spare = limits.MESSAGE_BLOCKS - _RESERVED - 2 * left - 2
            words: list[DigestLine] = []
            self.put(section(f"*{short(part.title, _LINE)}*"), most=spare + 1)
            for line in part.lines:
                target = _target(line)
                if words or not target or not self._beside(line, target, spare, snoozed):
                    words.append(line)
            dropped += self._as_words(words, limits.MESSAGE_BLOCKS - _RESERVED - 2 * left)
        if dropped:
            self.blocks.append(context(MORE.format(count=dropped)))
        if snoozed:
            self.blocks.append({"type": "actions", "elements": [_snooze(snoozed)]})
        return [*self.blocks, *self.closing]

    def put(self, block: Block, most: int = limits.MESSAGE_BLOCKS) -> bool:
        """Add a block if it fits."""
        if len(self.blocks) >= most or limits.room(block) > self.room:
            return False
        self.blocks.append(block)
        self.room -= limits.room(block)
        return True

    def _beside(self, line: DigestLine, target: str, most: int, snoozed: dict[str, Block]) -> bool:
        update = button("Update…", FORM, f"update {target}")
        if not self.put(section(f"• {short(line.text, _LINE)}", update), most):
            return False
        value = clean(f"snooze {target}")
        if size(value) <= limits.OPTION_VALUE and len(snoozed) < limits.OPTIONS:
            snoozed[value] = {"text": plain(target, limits.OPTION), "value": value}
            self.room -= limits.room(snoozed[value])
        return True

    def _as_words(self, lines: list[DigestLine], most: int) -> int:
        """Add lines as words; gives the number of those without room."""
        bullets = [cut(" ".join(line.plain.split()), _LINE) for line in lines]
        shown = 0
        for piece in pieces("\n".join(bullets), 2500, to_mrkdwn):
            if self.room < CUT_SHORT or not self.put(section(to_mrkdwn(piece)), most):
                break
            shown += sum(part.startswith(("• ", "✓ ")) for part in piece.split("\n"))
        return len(lines) - shown


def _target(line: DigestLine) -> str | None:
    """The subject of the line's buttons; None where it has none, where nothing is wanted any more,
    or where a button cannot carry it."""
    target = line.target if line.settled is None else None
    return target if target and sayable(f"snooze {target}") else None


def _bullet(line: DigestLine) -> str:
    """A line as mrkdwn; one that is settled is struck through, with what became of it."""
    if line.settled is None:
        return f"• {short(line.text, _LINE)}"
    struck = short(" ".join(line.text.split()), _LINE)  # a line break would end the stroke
    return f"✓ ~{struck}~ {short(line.settled, _LINE)}"


def _snooze(options: dict[str, Block]) -> Block:
    return {
        "type": "static_select",
        "action_id": SNOOZE,
        "placeholder": plain("Snooze a line", limits.PLACEHOLDER),
        "options": list(options.values()),
    }
