"""`duly slack`: installation in further workspaces."""

from __future__ import annotations

from typing import Annotated

import typer

from bot.cli.context import opened
from bot.cli.options import At, Db, command_group
from bot.cli.output import say
from governance.errors import BadConfiguration

app = command_group("slack", "Slack, in several workspaces.")


@app.command()
def invite(
    organisation: Annotated[
        str | None,
        typer.Option(metavar="KEY", help="The organisation, where the store holds several."),
    ] = None,
    db: Db = None,
    at: At = None,
) -> None:
    """Print a link that installs Duly in one workspace: good once, for 24 hours."""
    from bot.settings import load, load_settings
    from bot.slack.app import refuse_pretended
    from bot.slack.oauth.flow import invitation_link
    from bot.slack.oauth.installation_store import NO_KEY, TokenCipher
    from bot.slack.settings import SlackSettings
    from db.installations import invite as create_invitation
    from db.store import Actor

    settings, slack = load_settings(), load(SlackSettings)
    if not slack.several:
        raise BadConfiguration(
            "Set SLACK_CLIENT_ID and SLACK_CLIENT_SECRET, from Basic Information on the app's "
            "page at api.slack.com: by them Slack knows who asks to be installed."
        )
    if settings.token_key is None:
        raise BadConfiguration(NO_KEY)
    TokenCipher(settings.token_key)  # better said now than to whoever opens the link
    with opened(db, at) as store:
        own = store.of(organisation) if organisation is not None else store
        refuse_pretended(own, slack.api_url)
        with own.write(Actor("local", "cli")) as writing:
            secret = create_invitation(writing)
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    say(invitation_link(settings.public_url or f"http://{host}:{settings.port}", secret))


@app.command()
def key(_at: At = None) -> None:
    """Print a new key for DULY_TOKEN_KEY."""
    from bot.slack.oauth.installation_store import new_key

    say(new_key())
