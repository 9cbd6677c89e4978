"""What somebody does on the page, handed to the core, and where its answer goes."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import unquote

from bot.web import conversations
from bot.web.conversations import Room
from bot.web.demo_store import Moved, World
from bot.web.sessions import Notice, OpenForm, Session
from bot.web.transcript import Transcript, takes_its_place
from commands.request import LOCAL, FormAnswer, Request
from db.queries.messages import last_sent
from governance.dates import say_moment
from governance.errors import DulyError
from governance.words import Role
from messages.reply import Form, Reply

FACE = "web"
FIELD = "f."
"""What a form's own fields are called in the page begin with this, apart from the page's own."""


class Acts:
    """The page's side of a conversation with the core."""

    def __init__(self, world: World, transcript: Transcript) -> None:
        self.world = world
        self.transcript = transcript

    # Where

    def rooms(self) -> list[Room]:
        with self.world.read() as reading:
            directory = reading.directory
            today = reading.now.astimezone(directory.zone).date()
            return [*conversations.channels(directory), *conversations.people(directory, today)]

    def room(self, kind: str, key: str) -> Room | None:
        return conversations.find(self.rooms(), kind, key)

    def room_at(self, path: str, session: Session) -> Room:
        """The conversation a form names; the persona's own where there is none such."""
        _, _, rest = path.partition("/")
        kind, _, key = rest.partition("/")
        return self.room(kind, unquote(key)) or self.direct_room(session)

    def direct_room(self, session: Session) -> Room:
        """The persona's direct messages; the administrator's once that person has gone."""
        found = self.rooms()
        return conversations.find(found, conversations.DIRECT, session.persona) or found[-1]

    def first_persona(self) -> str:
        """Whoever holds the first owner's post: the one whom most reminders reach."""
        with self.world.read() as reading:
            directory = reading.directory
            today = reading.now.astimezone(directory.zone).date()
            post = directory.first_post(Role.OWNER)
            return (post.holder(today) if post else None) or LOCAL

    def become(self, session: Session, person: str, room: Room) -> Room:
        """Speak as somebody else, in this channel or in their own direct messages."""
        chosen = self.room(conversations.DIRECT, person)
        if chosen is None:
            session.notice = Notice(f"There is nobody called “{person}” here.", ok=False)
            return room
        session.persona = chosen.key
        session.form = None
        return room if room.kind == conversations.CHANNEL else chosen

    # What

    def say(self, session: Session, room: Room, text: str, nonce: str) -> None:
        """Something typed: an exchange in this conversation, or a form that opens."""
        if not text.strip():
            session.notice = Notice("Type something first: help says what Duly knows.", ok=False)
            return
        reply = self._ask(session, room, nonce, text=text)
        if reply.form is not None:
            session.form = OpenForm(reply.form, room.path)
            return
        self._add(session, room, text.strip(), reply)

    def press(self, session: Session, room: Room, entry: str, command: str, nonce: str) -> None:
        """A button: its answer replaces the card it was on, or stands below."""
        pressed = self.transcript.find(room.destination, int(entry) if entry.isdecimal() else None)
        reply = self._ask(session, room, nonce, text=command)
        if reply.form is not None:
            session.form = OpenForm(reply.form, room.path, pressed.id if pressed else None)
        elif pressed is not None and takes_its_place(pressed.reply, reply):
            pressed.reply = reply
        else:
            self._add(session, room, command, reply)

    def submit(self, session: Session, room: Room, fields: Mapping[str, str], nonce: str) -> None:
        """A form: saved, or open again with what was typed and what was wrong with it."""
        typed = typed_values(fields)
        name, target = fields.get("name", ""), fields.get("target", "")
        reply = self._ask(session, room, nonce, form=FormAnswer(name, target, typed))
        shown = session.form if _same_form(session.form, name, target) else None
        if not reply.ok or reply.form is not None:
            form = reply.form or (shown.form if shown else self._form(session, room, name, target))
            if form is not None:
                entry = shown.entry if shown else None
                session.form = OpenForm(form, room.path, entry, reply.text, typed)
                return
        session.form = None
        pressed = self.transcript.find(room.destination, shown.entry if shown else None)
        if pressed is not None and takes_its_place(pressed.reply, reply):
            pressed.reply = reply
        else:
            self._add(session, room, shown.form.title if shown else f"{name} {target}", reply)

    def keep_typed(
        self, session: Session, room: Room, path: str, fields: Mapping[str, str]
    ) -> None:
        """A submission that could not be trusted did nothing; show what was typed again."""
        session.draft = fields.get("text", "")
        session.draft_moment = fields.get("moment", "")
        if path != "/form":
            return
        name, target = fields.get("name", ""), fields.get("target", "")
        form = self._form(session, room, name, target)
        if form is not None:
            session.form = OpenForm(form, room.path, typed=typed_values(fields))

    def move(self, session: Session, to: str, typed: str) -> None:
        """Let the scheduler run, and say what it delivered to whom."""
        try:
            moved = self.world.move(self.world.target(to, typed))
        except DulyError as error:
            session.notice = Notice(error.sentence, ok=False)
            session.draft_moment = typed
            return
        session.notice = self._moved(moved)

    # How

    def _ask(
        self,
        session: Session,
        room: Room,
        nonce: str,
        *,
        text: str = "",
        form: FormAnswer | None = None,
    ) -> Reply:
        return self.world.answer(
            Request(
                text=text,
                person=session.persona,
                face=FACE,
                channel=room.channel,
                form=form,
                id=f"page:{nonce}",
            )
        )

    def _form(self, session: Session, room: Room, name: str, target: str) -> Form | None:
        """The form of this name afresh, as the core opens it."""
        request = Request(f"{name} {target}", session.persona, FACE, room.channel)
        return self.world.answer(request).form

    def _add(self, session: Session, room: Room, said: str, reply: Reply) -> None:
        with self.world.read() as reading:
            now = reading.now
            after = last_sent(reading, room.destination)
        self.transcript.add(room.destination, session.persona, said, reply, now, after)

    def _moved(self, moved: Moved) -> Notice:
        with self.world.read() as reading:
            said = say_moment(moved.to, reading.directory.zone)
        arrived = [
            (room.path, room.destination if room.channel else room.name, number)
            for room in self.rooms()
            if (number := moved.delivered.get(room.destination))
        ]
        total = sum(moved.delivered.values())
        count = {0: "Nothing was due on the way", 1: "1 message was delivered"}.get(
            total, f"{total} messages were delivered"
        )
        skipped = ""
        if moved.skipped:
            noun = "reminder was" if moved.skipped == 1 else "reminders were"
            skipped = f" {moved.skipped} {noun} skipped; `why` says the reason."
        stopped = " The move was cut short because Duly is ending." if moved.stopped else ""
        text = f"It is now {said}. {count}.{skipped}{stopped}"
        return Notice(text, rooms=tuple(arrived))


def typed_values(fields: Mapping[str, str]) -> dict[str, str]:
    """The values of a form's own fields."""
    return {k.removeprefix(FIELD): v for k, v in fields.items() if k.startswith(FIELD)}


def _same_form(shown: OpenForm | None, name: str, target: str) -> bool:
    return shown is not None and (shown.form.name, shown.form.target) == (name, target)
