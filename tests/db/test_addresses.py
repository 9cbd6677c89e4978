"""Addresses of stores: however wrongly they are written, no password is ever shown."""

from __future__ import annotations

import logging

import pytest

from bot.cli import invoke
from db.backend import without_password
from db.errors import StoreUnusable
from db.store import Store

SECRET = "s3cr3tword"
ADDRESSES = [
    f"mysql://u:{SECRET}@h/x",
    f"mysql:/u:{SECRET}@h/x",
    f"u:{SECRET}@h/x",
    f"postgres//u:{SECRET}@h/x",
    f"postgresql://u:{SECRET}",
    f"postgresql://u:{SECRET}/x",
    f"postgresql://u:{SECRET}@h:port/x",
    f"postgresql+pg8000://u:{SECRET}@h/x",
    f"postgresql+psycopg://u:a/{SECRET}@127.0.0.1:1/x",
    f"postgresql+psycopg://u:{SECRET}@{SECRET}@127.0.0.1:1/x",
    f"postgresql+psycopg://u:a:{SECRET}@127.0.0.1:1/x",
    f"postgresql+psycopg://u:{SECRET}@127.0.0.1:1/x?nonsense={SECRET}",
    f"postgresql+psycopg://u@127.0.0.1:1/x?password={SECRET}",
    f"postgresql+psycopg://[u:{SECRET}@h/x",
    f"host=h user=u password={SECRET}",
    f"password={SECRET}",
    f"sqlite://u:{SECRET}@h/x",
]
COMMANDS = [
    ["backup", "copy.db"], ["say", "list"], ["doctor"], ["audit", "verify"],
    ["db", "upgrade"], ["restore", "copy.db"], ["run"],
]  # fmt: skip


@pytest.mark.parametrize("address", ADDRESSES)
def test_no_command_shows_the_password_of_a_mistyped_address(
    address: str,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: object,
) -> None:
    monkeypatch.chdir(str(tmp_path))
    monkeypatch.setenv("DULY_DATABASE_URL", address)
    caplog.set_level(logging.DEBUG)
    for command in COMMANDS:
        capfd.readouterr()
        invoke(command)
        shown = capfd.readouterr()
        assert SECRET not in shown.out + shown.err + caplog.text, command


@pytest.mark.parametrize(
    "address", ["sqlite:///duly.db", "sqlite:////a@b/duly.db", "duly.db", "/var/lib/duly.db"]
)
def test_the_address_of_a_file_is_shown_as_it_is(address: str) -> None:
    assert without_password(address) == address


def test_a_port_that_is_no_number_is_said_in_a_sentence() -> None:
    with pytest.raises(StoreUnusable, match="is not a store's address"):
        Store(f"postgresql://u:{SECRET}@h:port/x")
