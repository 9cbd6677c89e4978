"""Model of a Slack app manifest: the keys that Duly's has, and the lengths that Slack takes.

Written from the reference at docs.slack.dev; a key that is not in here is a fault.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Url = Annotated[str, StringConstraints(pattern="^https?://", max_length=3000)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=50)]


def text(least: int, most: int) -> StringConstraints:
    return StringConstraints(min_length=least, max_length=most)


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Metadata(Part):
    major_version: Literal[2]


class DisplayInformation(Part):
    name: Annotated[str, text(1, 35)]
    description: Annotated[str, text(1, 140)]
    long_description: Annotated[str, text(175, 4000)]
    background_color: Annotated[str, StringConstraints(pattern="^#[0-9a-fA-F]{6}$")]


class AppHome(Part):
    home_tab_enabled: bool
    messages_tab_enabled: bool
    messages_tab_read_only_enabled: bool


class BotUser(Part):
    display_name: Annotated[str, text(1, 80)]
    always_online: bool


class SlashCommand(Part):
    command: Annotated[str, StringConstraints(pattern="^/", min_length=2, max_length=32)]
    url: Url
    description: Annotated[str, text(1, 2000)]
    usage_hint: Annotated[str, text(1, 1000)]
    should_escape: bool


class Shortcut(Part):
    name: Annotated[str, text(1, 24)]
    type: Literal["message", "global"]
    callback_id: Annotated[str, text(1, 255)]
    description: Annotated[str, text(1, 150)]


class Features(Part):
    app_home: AppHome
    bot_user: BotUser
    slash_commands: Annotated[list[SlashCommand], Field(min_length=1, max_length=50)]
    shortcuts: Annotated[list[Shortcut], Field(min_length=1, max_length=10)]


class Scopes(Part):
    bot: Annotated[list[Name], Field(max_length=255)]


class OAuthConfig(Part):
    redirect_urls: list[Url]
    scopes: Scopes


class EventSubscriptions(Part):
    request_url: Url
    bot_events: Annotated[list[Name], Field(max_length=100)]


class Interactivity(Part):
    is_enabled: bool
    request_url: Url
    message_menu_options_url: Url


class Settings(Part):
    event_subscriptions: EventSubscriptions
    interactivity: Interactivity
    org_deploy_enabled: bool
    socket_mode_enabled: bool
    token_rotation_enabled: bool


class Manifest(Part):
    metadata: Annotated[Metadata, Field(alias="_metadata")]
    display_information: DisplayInformation
    features: Features
    oauth_config: OAuthConfig
    settings: Settings
