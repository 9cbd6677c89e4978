"""Actions of the page: each becomes a request, whose reply goes into the transcript."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import unquote

from bot.web import conversations
from bot.web.conversations import Conversation, Transcript, replaces
from bot.web.demo_store import ClockMove, DemoStore
from bot.web.sessions import Notice, OpenForm, Session
from commands.request import LOCAL, FormAnswer, Request
from db.ledger.messages import last_sent
from governance.dates import say_moment
from governance.errors import DulyError
from governance.words import Role
from messages.reply import Form, Reply

FACE = "web"
FIELD = "f."
"""Prefix of a form's own fields among the page's hidden ones."""


class Actions:
    """The actions on one demonstration, with its transcript."""

    def __init__(self, demo: DemoStore, transcript: Transcript) -> None:
        self.demo = demo
        self.transcript = transcript

    def conversations(self) -> list[Conversation]:
        with self.demo.read() as reading:
            directory, today = reading.directory, reading.today
            return [*conversations.channels(directory), *conversations.people(directory, today)]

    def conversation(self, kind: str, key: str) -> Conversation | None:
        return conversations.find(self.conversations(), kind, key)

    def conversation_at(self, path: str, session: Session) -> Conversation:
        """The conversation a form names; the persona's own where there is none such."""
        _, _, rest = path.partition("/")
        kind, _, key = rest.partition("/")
        return self.conversation(kind, unquote(key)) or self.direct_messages(session)

    def direct_messages(self, session: Session) -> Conversation:
        """The persona's direct messages; the administrator's once that person has gone."""
        everybody = self.conversations()
        own = conversations.find(everybody, conversations.DIRECT, session.persona)
        return own or everybody[-1]

    def first_persona(self) -> str:
        """The holder of the first owner's post, whom most reminders reach."""
        with self.demo.read() as reading:
            post = reading.directory.first_post(Role.OWNER)
            return (post.holder(reading.today) if post else None) or LOCAL

    def become(self, session: Session, person: str, conversation: Conversation) -> Conversation:
        """Speak as somebody else, in this channel or in their own direct messages."""
        chosen = self.conversation(conversations.DIRECT, person)
        if chosen is None:
            session.notice = Notice(f"There is nobody called “{person}” here.", ok=False)
            return conversation
        session.persona = chosen.key
        session.form = None
        return conversation if conversation.kind == conversations.CHANNEL else chosen

    def say(self, session: Session, conversation: Conversation, text: str, nonce: str) -> None:
        """Send a typed command: an entry in this conversation, or a form that opens."""
        if not text.strip():
            session.notice = Notice("Type something first: help says what Duly knows.", ok=False)
            return
        reply = self._ask(session, conversation, nonce, text=text)
        if reply.form is not None:
            session.form = OpenForm(reply.form, conversation.path)
            return
        self._add(session, conversation, text.strip(), reply)

    def press(
        self, session: Session, conversation: Conversation, entry: str, command: str, nonce: str
    ) -> None:
        """Press a button: its reply replaces the card it was on, or stands below."""
        pressed = self.transcript.find(
            conversation.destination, int(entry) if entry.isdecimal() else None
        )
        reply = self._ask(session, conversation, nonce, text=command)
        if reply.form is not None:
            session.form = OpenForm(reply.form, conversation.path, pressed.id if pressed else None)
        elif pressed is not None and replaces(pressed.reply, reply):
            pressed.reply = reply
        else:
            self._add(session, conversation, command, reply)

    def submit(
        self, session: Session, conversation: Conversation, fields: Mapping[str, str], nonce: str
    ) -> None:
        """Submit a form: saved, or open again with what was typed and what was wrong with it."""
        typed = typed_values(fields)
        name, target = fields.get("name", ""), fields.get("target", "")
        reply = self._ask(session, conversation, nonce, form=FormAnswer(name, target, typed))
        shown = session.form if _same_form(session.form, name, target) else None
        if not reply.ok or reply.form is not None:
            form = reply.form or (
                shown.form if shown else self._form(session, conversation, name, target)
            )
            if form is not None:
                entry = shown.entry if shown else None
                session.form = OpenForm(form, conversation.path, entry, reply.text, typed)
                return
        session.form = None
        pressed = self.transcript.find(conversation.destination, shown.entry if shown else None)
        if pressed is not None and replaces(pressed.reply, reply):
            pressed.reply = reply
        else:
            text = shown.form.title if shown else f"{name} {target}"
            self._add(session, conversation, text, reply)

    def keep_typed(
        self, session: Session, conversation: Conversation, path: str, fields: Mapping[str, str]
    ) -> None:
        """Show again what was typed in a submission that was refused."""
        session.draft = fields.get("text", "")
        session.draft_moment = fields.get("moment", "")
        if path != "/form":
            return
        name, target = fields.get("name", ""), fields.get("target", "")
        form = self._form(session, conversation, name, target)
        if form is not None:
            session.form = OpenForm(form, conversation.path, typed=typed_values(fields))

    def move(self, session: Session, to: str, typed: str) -> None:
        """Move the clock, with a notice of what the scheduler delivered to whom."""
        try:
            moved = self.demo.move(self.demo.target(to, typed))
        except DulyError as error:
            session.notice = Notice(error.sentence, ok=False)
            session.draft_moment = typed
            return
        session.notice = self._moved(moved)

    def _ask(
        self,
        session: Session,
        conversation: Conversation,
        nonce: str,
        *,
        text: str = "",
        form: FormAnswer | None = None,
    ) -> Reply:
        return self.demo.answer(
            Request(
                text=text,
                person=session.persona,
                face=FACE,
                channel=conversation.channel,
                form=form,
                id=f"page:{nonce}",
            )
        )

    def _form(
        self, session: Session, conversation: Conversation, name: str, target: str
    ) -> Form | None:
        """The form of this name afresh, as its command opens it."""
        request = Request(f"{name} {target}", session.persona, FACE, conversation.channel)
        return self.demo.answer(request).form

    def _add(self, session: Session, conversation: Conversation, text: str, reply: Reply) -> None:
        with self.demo.read() as reading:
            now = reading.now
            after = last_sent(reading, conversation.destination)
        self.transcript.add(conversation.destination, session.persona, text, reply, now, after)

    def _moved(self, moved: ClockMove) -> Notice:
        with self.demo.read() as reading:
            moment = say_moment(moved.to, reading.directory.zone)
        arrived = [
            (conversation.path, conversation.title, number)
            for conversation in self.conversations()
            if (number := moved.delivered.get(conversation.destination))
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
        text = f"It is now {moment}. {count}.{skipped}{stopped}"
        return Notice(text, conversations=tuple(arrived))


def typed_values(fields: Mapping[str, str]) -> dict[str, str]:
    """The values of a form's own fields."""
    return {k.removeprefix(FIELD): v for k, v in fields.items() if k.startswith(FIELD)}


def _same_form(shown: OpenForm | None, name: str, target: str) -> bool:
    return shown is not None and (shown.form.name, shown.form.target) == (name, target)
