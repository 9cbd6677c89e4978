"""Data of one page, read from the store in one transaction."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from bot.web import conversations
from bot.web.conversations import Conversation, Transcript, TranscriptEntry, in_order
from bot.web.sessions import Notice, Session
from db.ledger.messages import newest_sent, sent_to
from db.queries.lookup import first_due
from db.store import Reading
from db.tables import Message
from governance.dates import say_date, say_day, say_moment
from governance.directory import Directory
from governance.meetings import next_meeting

SHOWN = 60
"""Messages shown before "Show earlier messages"."""
MOST_SHOWN = 5000


@dataclass(frozen=True)
class PageItem:
    """One item of the conversation: a day's heading, "new", a sent message, or an entry."""

    kind: str
    id: str = ""
    day: str = ""
    time: str = ""
    iso: str = ""
    message: Message | None = None
    entry: TranscriptEntry | None = None
    speaker: Conversation | None = None
    only_you: bool = False


@dataclass
class ConversationPage:
    """Data that the template shows."""

    conversation: Conversation
    persona: Conversation
    channels: list[Conversation]
    people: list[Conversation]
    entries: list[PageItem]
    unread_in: dict[str, int]
    now: datetime
    """Local field time."""
    force: str
    topic: str
    posts: list[str]
    suggestions: list[str]
    beginning: str
    notice: Notice | None = None
    earlier: int | None = None
    """The number of messages to ask for to see more; None when all are shown."""
    nonce: str = field(default_factory=lambda: secrets.token_urlsafe(9))

    @property
    def unread(self) -> int:
        return sum(self.unread_in.values())

    @property
    def now_words(self) -> str:
        zone = self.now.tzinfo
        assert isinstance(zone, ZoneInfo)
        return say_moment(self.now, zone)

    @property
    def now_local(self) -> str:
        """As a date-time field takes it."""
        return self.now.strftime("%Y-%m-%dT%H:%M")


def read_page(
    reading: Reading,
    conversation: Conversation,
    session: Session,
    transcript: Transcript,
    *,
    begun: date,
    show: int = SHOWN,
) -> ConversationPage:
    """The page of one conversation as `session` sees it; what it shows counts as read."""
    directory = reading.directory
    now = reading.now.astimezone(directory.zone)
    people = conversations.people(directory, now.date())
    persona = conversations.find(people, conversations.DIRECT, session.persona) or people[-1]
    sent = newest_sent(reading, conversation.destination, show + 1)
    spoken = transcript.seen_by(conversation.destination, persona.key)
    more = len(sent) > show
    if more:
        sent = sent[-show:]
        spoken = [entry for entry in spoken if entry.after >= (sent[0].id or 0)]
    before = session.read.get(conversation.destination, 0)
    entries = _entries(in_order(sent, spoken), before, people, directory.zone, conversation)
    if sent:
        session.read[conversation.destination] = sent[-1].id or 0
    notice, session.notice = session.notice, None
    return ConversationPage(
        conversation=conversation,
        persona=persona,
        channels=conversations.channels(directory),
        people=people,
        entries=entries,
        unread_in=_unread(reading, session.read),
        now=now,
        force=directory.force_name,
        topic=_topic(directory, conversation, now),
        posts=[post.title for post in directory.posts.values()],
        suggestions=_suggestions(reading, conversation),
        beginning=say_date(begun),
        notice=notice,
        earlier=min(show * 4, MOST_SHOWN) if more and show < MOST_SHOWN else None,
    )


def _unread(reading: Reading, read: dict[str, int]) -> dict[str, int]:
    return dict(Counter(to for to, id in sent_to(reading) if id > read.get(to, 0)))


def _entries(
    items: Iterable[Message | TranscriptEntry],
    read: int,
    people: list[Conversation],
    zone: ZoneInfo,
    conversation: Conversation,
) -> list[PageItem]:
    entries: list[PageItem] = []
    shown_day: date | None = None
    new_marked = read == 0
    for one in items:
        moment = (
            one.at if isinstance(one, TranscriptEntry) else one.sent_at or one.gathered_at
        ).astimezone(zone)
        if moment.date() != shown_day:
            shown_day = moment.date()
            entries.append(
                PageItem("day", id=f"d{shown_day}-{len(entries)}", day=say_day(shown_day))
            )
        time, iso = moment.strftime("%H:%M"), moment.isoformat(timespec="seconds")
        if isinstance(one, Message):
            if not new_marked and (one.id or 0) > read:
                new_marked = True
                entries.append(PageItem("new"))
            entries.append(PageItem("sent", time=time, iso=iso, message=one))
            continue
        speaker = conversations.find(people, conversations.DIRECT, one.person) or people[-1]
        only_you = one.private and conversation.kind == conversations.CHANNEL
        entries.append(
            PageItem("entry", time=time, iso=iso, entry=one, speaker=speaker, only_you=only_you)
        )
    return entries


def _topic(directory: Directory, conversation: Conversation, now: datetime) -> str:
    if conversation.board is None:
        return conversation.about or "No post in the organisation"
    meeting = next_meeting(directory.boards[conversation.board], directory, now)
    coming = f" · next meeting {say_moment(meeting.start, directory.zone)}" if meeting else ""
    return conversation.about + coming


def _suggestions(reading: Reading, conversation: Conversation) -> list[str]:
    """A few things to try, the first a recommendation that is really there."""
    first = first_due(reading)
    known = [f"/rec {first}"] if first else []
    if conversation.kind == conversations.CHANNEL:
        return [*known, f"/rec agenda {conversation.board}", "/rec overdue", "/rec next"]
    return [*known, "/rec mine", "/rec overdue", "/rec boards", "/rec help"]
