"""Notices: messages that an act causes at once, outside the timetable of reminders."""

from __future__ import annotations

from db import tables as t
from db.audit import history
from db.ledger.destinations import stop
from db.ledger.messages import keyed, waiting_notice
from db.ledger.reminders import insert_planned
from db.schedule import subject_of
from db.store import Writing
from governance.reminders import Addressee, Row, go_live_moment
from governance.reminders.recipients import recipient, secretary_of
from governance.words import Rule

FROM_DULY = "notice/duly"
"""Part of the key of Duly's own notices; nobody is told of one that cannot be delivered."""
HEADING = "Please have a look:"


def assigned(writing: Writing, recommendation: t.Recommendation, old: str | None, new: str) -> None:
    """Tell the old and the new owner (post keys), each directly, that one changed hands.

    Called in the assignment's own transaction, after its change; the next tick delivers. Nobody
    is told of what they did to themselves twice: where both posts are one person's, the new one
    is told. The history's number names the occurrence: two assignments are two notices, even at
    one moment. Before `go_live` nobody is told: the starting list says who owns what.
    """
    directory = writing.directory
    begins = go_live_moment(directory)
    if begins is not None and writing.now < begins:
        return
    board = directory.board_of(recommendation.board)
    change = history.tip(writing.session, writing.key).seq
    notified: set[str] = set()
    for post, side in ((new, "new"), (old, "old")):
        if post is None or (side == "old" and old == new):
            continue
        to, person = recipient(directory, post, board, writing.today)
        if (person or to) in notified:
            continue
        notified.add(person or to)
        row = Row(
            at=writing.now,
            rule=Rule.ASSIGNED,
            subject=subject_of(recommendation),
            occurrence=str(change),
            to=to,
            person=person,
            why=f"Assigned from {directory.post_title(old)} to {directory.post_title(new)}"
            if old
            else f"Assigned to {directory.post_title(new)}",
            recommendation=recommendation.id,
            addressees=(Addressee(post, board=board.key if board else None),),
        )
        insert_planned(writing, [row], {"old": old, "new": new, "told": side})


def tell_secretary(writing: Writing, name: str, line: str) -> None:
    """Send a line to the secretary; lines that wait together are one message.

    `name` is the line's idempotency key: a line of that name is sent once.
    """
    directory = writing.directory
    board = directory.board_of(None)
    to, person = recipient(directory, secretary_of(directory, board), board, writing.today)
    destination = person or to
    head = f"{writing.key}/{destination}/{FROM_DULY}/"
    waiting = waiting_notice(writing, head)
    bullet = f"• {line}"
    if waiting is not None:
        if bullet not in waiting.text.split("\n"):
            waiting.text = f"{waiting.text}\n{bullet}"
            writing.session.add(waiting)
            writing.session.flush()
        return
    key = f"{head}{name}"
    if keyed(writing, key) is not None:
        return
    writing.add(
        t.Message(
            organisation=writing.key,
            key=key,
            destination=destination,
            person=person,
            kind="notice",
            day=writing.today,
            text=f"{HEADING}\n{bullet}",
            gathered_at=writing.now,
        )
    )


def channel_changed(writing: Writing, platform: str, channel: str, why: str | None) -> None:
    """The channel with this id is not to be posted to, because of `why`; None: it is again.

    A channel that is no board's is nobody's concern. The secretary is told when it changes.
    """
    key = stop(writing, platform, channel, why)
    if key is None:
        return
    boards = [b.name for b in writing.directory.boards.values() if _named(b.channel) == key]
    for_whom = f" for the {' and the '.join(boards)}" if boards else ""
    if why:
        line = f"Nothing more is posted in {key}{for_whom}, because {why}."
    else:
        line = f"Duly posts in {key}{for_whom} again."
    tell_secretary(writing, f"channel/{key}/{writing.now.isoformat()}", line)


def _named(channel: str | None) -> str | None:
    return f"#{channel.lstrip('#')}" if channel else None
