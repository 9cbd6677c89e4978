"""Every face behind one small door: say something, choose what is offered, fill in a form."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Mapping, Sequence
from typing import Protocol

import pytest

from bot.cli import invoke
from bot.web.demo_store import DemoStore
from commands.request import FormAnswer, Request
from commands.router import answer
from db.clock import PretendedClock
from db.store import Store
from messages.reply import Form, Reply
from tests.factories import START
from tests.slack import screen
from tests.slack.person import Person
from tests.slack.scenes import IDS
from tests.slack.world import World
from tests.teams.world import World as TeamsWorld
from tests.web.conftest import Browser

JANE = "jane"
"""The person where nobody is named: the ACU DCI."""
Values = Mapping[str, str]


class Face(Protocol):
    """One face. Each answer is what a person reads there, on one line."""

    def say(self, text: str, person: str = JANE) -> str: ...

    def see(self) -> str:
        """The last answer as it looks: without what the platform takes for formatting marks."""

    def choose(self, offered: str) -> str:
        """Take what the last answer offers: the button, or the words to say, that have
        `offered` in them. Raises AssertionError when nothing does."""

    def fill_in(self, command: str, attempts: Sequence[Values]) -> list[str]:
        """Open a form and submit it once for each of `attempts` (values by field name); gives
        the text after each. Raises AssertionError when no form opens."""


def flat(text: str) -> str:
    """On one line, as it is read."""
    return " ".join(text.split())


class Core:
    """The core itself, without a face."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._person = JANE
        self._last = Reply("")

    def say(self, text: str, person: str = JANE) -> str:
        self._person = person
        return self._ask(Request(text, person=person))

    def see(self) -> str:
        return flat(self._last.text)

    def choose(self, offered: str) -> str:
        reply = self._last
        held = [*reply.buttons, *(b for one in (*reply.cards, *reply.lines) for b in one.buttons)]
        buttons = [b for b in held if offered in b.label or offered in b.command]
        assert buttons, f"no {offered!r} among {held}"
        return self._ask(Request(buttons[0].command, person=self._person))

    def fill_in(self, command: str, attempts: Sequence[Values]) -> list[str]:
        self.say(command)
        texts = []
        for values in attempts:
            form = self._last.form
            assert form is not None, "no form is open"
            given = FormAnswer(form.name, form.target, _standing(form) | dict(values))
            texts.append(self._ask(Request(person=self._person, form=given)))
        return texts

    def _ask(self, request: Request) -> str:
        self._last = answer(self._store, request)
        return flat(self._last.text)


def _standing(form: Form) -> dict[str, str]:
    return {field.name: field.value for field in form.fields}


class CommandLine:
    """`duly say` and, for forms, `duly chat`."""

    def __init__(
        self,
        store: Store,
        capsys: pytest.CaptureFixture[str],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        self._options: list[str] = ["--db", str(store.url), "--at", f"{START:%Y-%m-%dT%H:%M}"]
        self._capsys = capsys
        self._monkeypatch = monkeypatch
        self._person = JANE
        self._output = ""

    def say(self, text: str, person: str = JANE) -> str:
        self._person = person
        self._output = self._run("say", "--as", person, *self._options, text)
        return flat(self._output)

    def see(self) -> str:
        return flat(self._output)

    def choose(self, offered: str) -> str:
        quoted = re.findall(r"`([^`]+)`", self._output)
        commands = [command for command in quoted if offered in command]
        commands += [ref for ref in re.findall(r"#\d+", self._output) if ref == offered]
        if offered == "Undo":
            commands = ["undo"]  # which `help` tells; the text has no button
        assert commands, f"nothing to type with {offered!r} in {self._output}"
        return self.say(commands[0], self._person)

    def fill_in(self, command: str, attempts: Sequence[Values]) -> list[str]:
        fields = ("progress", "text", "evidence", "next_step", "next_by")
        lines = [command, *(v.get(name, "") for v in attempts for name in fields), "quit"]
        self._monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{x}\n" for x in lines)))
        output = self._run("chat", "--as", JANE, *self._options)
        parts = output.split("Update #24044 (leave a line empty to keep what stands in brackets)")
        assert len(parts) > len(attempts), "no form was opened"
        return [flat(part) for part in parts[1:][: len(attempts)]]

    def _run(self, *arguments: str) -> str:
        self._capsys.readouterr()
        invoke(list(arguments))
        return self._capsys.readouterr().out


class WebPage:
    """The page, without a script."""

    def __init__(self, store: Store) -> None:
        assert isinstance(store.clock, PretendedClock)
        demo_store = DemoStore(store, store.clock, START, lambda: store)
        self._browser = Browser(demo_store)
        self._persona = ""

    def say(self, text: str, person: str = JANE) -> str:
        if person != self._persona:
            self._browser.open(f"/direct/{person}")
            self._browser.post("/persona", person=person)
            self._persona = person
        self._browser.say(text)
        return self._read()

    def see(self) -> str:
        return self._read()

    def choose(self, offered: str) -> str:
        buttons = re.findall(
            r'name="entry" value="(\d+)">\s*'
            r'<button name="command" value="([^"]*)"[^>]*>(.*?)</button>',
            self._exchange(),
            re.S,
        )
        for entry, command, label in buttons:
            if offered in html.unescape(command) or offered in _words(label):
                self._browser.post("/press", entry=entry, command=html.unescape(command))
                return self._read()
        raise AssertionError(f"no {offered!r} among {buttons}")

    def fill_in(self, command: str, attempts: Sequence[Values]) -> list[str]:
        self._browser.open(f"/direct/{JANE}")
        self._browser.say(command)
        texts = []
        for values in attempts:
            page = self._browser.text
            assert 'id="form-title"' in page, "no form is open"
            fields = {f"f_{name}": value for name, value in self._standing(page, values).items()}
            named = {n: html.unescape(self._browser.hidden(n)) for n in ("name", "target")}
            page = self._browser.post("/form", **named, **fields)
            open_still = page.partition('id="form"')[2].partition("</form>")[0]
            texts.append(_words(open_still) if open_still else self._read())
        return texts

    def _standing(self, page: str, values: Values) -> dict[str, str]:
        checked = re.search(r'name="f.progress" value="(\w+)" checked', page)
        kept = {"progress": checked[1] if checked else ""}
        return {**kept, "text": "", "evidence": "", "next_step": "", "next_by": "", **values}

    def _exchange(self) -> str:
        _, mark, last = self._browser.text.rpartition('<li class="exchange"')
        assert mark, "nothing was said"
        return last

    def _read(self) -> str:
        typed, _, reply = self._exchange().partition("<b>Duly</b>")
        return _words(reply or typed)


def _words(page: str) -> str:
    """The text of a page: no tags, nothing escaped."""
    text = flat(html.unescape(re.sub(r"<[^>]+>", " ", page)))
    return re.sub(r" (?=[.,:;?])", "", text)  # a reference that can be pressed is a tag too


class Slack:
    """Signed requests into the real app, and what then stands in the channel."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._person: Person = world.person(IDS[JANE])

    def say(self, text: str, person: str = JANE) -> str:
        self._person = self._world.person(IDS[person])
        self._person.slash(_typed(text))
        return self._read()

    def see(self) -> str:
        return flat(screen.rendered(self._person.latest().blocks))

    def choose(self, offered: str) -> str:
        latest = self._person.latest()
        buttons = screen.buttons(latest.blocks)
        for one in buttons:
            if offered in one.label or offered in str(one.element.get("value", "")):
                self._person.press(one.label, latest)
                return self._read()
        raise AssertionError(f"no {offered!r} among {[one.label for one in buttons]}")

    def fill_in(self, command: str, attempts: Sequence[Values]) -> list[str]:
        self._person.slash(command)
        texts = []
        for values in attempts:
            errors = self._person.submit(values)
            texts.append(flat(" ".join(errors.values())) if errors else self._read())
        return texts

    def _read(self) -> str:
        text = self._person.latest().text
        for mark, meant in (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")):
            text = text.replace(mark, meant)
        return flat(text)


class Teams:
    """Activities into the real app, and what its cards then say."""

    def __init__(self, world: TeamsWorld) -> None:
        self._world = world
        self._person = world.person(JANE)

    def say(self, text: str, person: str = JANE) -> str:
        self._person = self._world.person(person)
        self._person.say(text)
        return flat(self._person.read())

    def see(self) -> str:
        return flat(self._person.read())

    def choose(self, offered: str) -> str:
        buttons = self._person.buttons()
        for one in buttons:
            if offered in one.label or offered in str(one.action.get("data", {}).get("say", "")):
                self._person.press(one)
                return flat(self._person.read())
        raise AssertionError(f"no {offered!r} among {[one.label for one in buttons]}")

    def fill_in(self, command: str, attempts: Sequence[Values]) -> list[str]:
        self._person.say(command)
        self._person.press(self._person.buttons()[0])
        texts = []
        for values in attempts:
            still = self._person.submit(values)
            texts.append(flat(still or self._person.read()))
        return texts


def _typed(text: str) -> str:
    """The text that Slack hands on of the one that was typed."""
    for meant, mark in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        text = text.replace(meant, mark)
    return text
