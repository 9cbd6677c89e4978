"""What one page shows, read from the store in one go."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from bot.web import conversations
from bot.web.conversations import Room
from bot.web.sessions import Notice, Session
from bot.web.transcript import Exchange, Transcript, in_order
from db.queries.lookup import first_due
from db.queries.messages import newest_sent, sent_to
from db.store import Reading
from db.tables import Message
from governance.dates import say_date, say_day, say_moment
from governance.directory import Directory
from governance.meetings import next_meeting

SHOWN = 60
"""Messages shown before "Show earlier messages"."""
MOST_SHOWN = 5000


@dataclass(frozen=True)
class Entry:
    """One thing in the conversation: a day's heading, "new", a sent message, or an exchange."""

    kind: str
    id: str = ""
    day: str = ""
    time: str = ""
    iso: str = ""
    message: Message | None = None
    exchange: Exchange | None = None
    speaker: Room | None = None
    only_you: bool = False


@dataclass
class Page:
    """Everything the template names."""

    room: Room
    persona: Room
    channels: list[Room]
    people: list[Room]
    entries: list[Entry]
    unread_in: dict[str, int]
    now: datetime
    """Local field time."""
    force: str
    topic: str
    posts: list[str]
    suggestions: list[str]
    beginning: str
    token: str
    notice: Notice | None = None
    earlier: int | None = None
    """How many messages to ask for to see more; None when all are shown."""
    nonce: str = field(default_factory=lambda: secrets.token_urlsafe(9))

    @property
    def title(self) -> str:
        return self.room.destination if self.room.kind == conversations.CHANNEL else self.room.name

    @property
    def unread(self) -> int:
        return sum(self.unread_in.values())

    @property
    def now_said(self) -> str:
        zone = self.now.tzinfo
        assert isinstance(zone, ZoneInfo)
        return say_moment(self.now, zone)

    @property
    def now_local(self) -> str:
        """As a date-time field takes it."""
        return self.now.strftime("%Y-%m-%dT%H:%M")


def read_page(
    reading: Reading,
    room: Room,
    session: Session,
    transcript: Transcript,
    *,
    token: str,
    begun: date,
    show: int = SHOWN,
) -> Page:
    """The page of one conversation as `session` sees it; what it shows counts as read."""
    directory = reading.directory
    now = reading.now.astimezone(directory.zone)
    people = conversations.people(directory, now.date())
    persona = conversations.find(people, conversations.DIRECT, session.persona) or people[-1]
    sent = newest_sent(reading, room.destination, show + 1)
    exchanges = transcript.seen_by(room.destination, persona.key)
    more = len(sent) > show
    if more:
        sent = sent[-show:]
        exchanges = [e for e in exchanges if e.after >= (sent[0].id or 0)]
    before = session.read.get(room.destination, 0)
    entries = _entries(in_order(sent, exchanges), before, people, directory.zone, room)
    if sent:
        session.read[room.destination] = sent[-1].id or 0
    notice, session.notice = session.notice, None
    return Page(
        room=room,
        persona=persona,
        channels=conversations.channels(directory),
        people=people,
        entries=entries,
        unread_in=_unread(reading, session.read),
        now=now,
        force=directory.force_name,
        topic=_topic(directory, room, now),
        posts=[post.title for post in directory.posts.values()],
        suggestions=_suggestions(reading, room),
        beginning=say_date(begun),
        token=token,
        notice=notice,
        earlier=min(show * 4, MOST_SHOWN) if more and show < MOST_SHOWN else None,
    )


def _unread(reading: Reading, read: dict[str, int]) -> dict[str, int]:
    return dict(Counter(to for to, id in sent_to(reading) if id > read.get(to, 0)))


def _entries(
    found: Iterable[Message | Exchange],
    read: int,
    people: list[Room],
    zone: ZoneInfo,
    room: Room,
) -> list[Entry]:
    entries: list[Entry] = []
    shown_day: date | None = None
    new_marked = read == 0
    for one in found:
        moment = (
            one.at if isinstance(one, Exchange) else one.sent_at or one.gathered_at
        ).astimezone(zone)
        if moment.date() != shown_day:
            shown_day = moment.date()
            entries.append(Entry("day", id=f"d{shown_day}-{len(entries)}", day=say_day(shown_day)))
        time, iso = moment.strftime("%H:%M"), moment.isoformat(timespec="seconds")
        if isinstance(one, Message):
            if not new_marked and (one.id or 0) > read:
                new_marked = True
                entries.append(Entry("new"))
            entries.append(Entry("sent", time=time, iso=iso, message=one))
            continue
        speaker = conversations.find(people, conversations.DIRECT, one.person) or people[-1]
        only_you = one.private and room.kind == conversations.CHANNEL
        entries.append(
            Entry("exchange", time=time, iso=iso, exchange=one, speaker=speaker, only_you=only_you)
        )
    return entries


def _topic(directory: Directory, room: Room, now: datetime) -> str:
    if room.board is None:
        return room.about or "No post in the organisation"
    meeting = next_meeting(directory.boards[room.board], directory, now)
    coming = f" · next meeting {say_moment(meeting.start, directory.zone)}" if meeting else ""
    return room.about + coming


def _suggestions(reading: Reading, room: Room) -> list[str]:
    """A few things to try, the first a recommendation that is really there."""
    first = first_due(reading)
    known = [f"/rec {first}"] if first else []
    if room.kind == conversations.CHANNEL:
        return [*known, f"/rec agenda {room.board}", "/rec overdue", "/rec next"]
    return [*known, "/rec mine", "/rec overdue", "/rec boards", "/rec help"]
