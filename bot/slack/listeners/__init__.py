"""Bolt listeners, one file a kind of request. Each takes `slack`, the workspace's SlackContext."""

from __future__ import annotations

from slack_bolt.async_app import AsyncApp

from bot.slack.listeners import actions, commands, events, options, shortcuts, views


def register(app: AsyncApp) -> None:
    for module in (commands, actions, views, events, shortcuts, options):
        module.register(app)
