"""What the app asks of a workspace, and for what; `app_manifest.yaml` asks for the same."""

from __future__ import annotations

SCOPES = {
    "app_mentions:read": "@Duly in a channel or a thread",
    "channels:history": "finding a board post whose delivery was cut short",
    "channels:read": "whether a board's channel is shared, archived, renamed, or without Duly",
    "chat:write": "answers, reminders and board posts",
    "commands": "/rec and the shortcuts",
    "files:read": "importing a response record attached to a message",
    "groups:history": "the same as channels:history, in private channels",
    "groups:read": "the same as channels:read, of private channels",
    "im:history": "what is typed to Duly in its direct messages",
    "im:write": "opening the direct message a reminder goes to",
    "users:read": "who is a guest, deactivated, or of another workspace",
}
"""Each scope of the bot token, and what would not work without it."""
