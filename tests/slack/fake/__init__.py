"""A Slack of the tests' own: a Web API on 127.0.0.1 that keeps Slack's limits and can fail."""

from tests.slack.fake.faults import Broken, Fault, Limited, Lost, Refused, Reset, Silent
from tests.slack.fake.model import Channel, File, Message, Team, User, View
from tests.slack.fake.server import FakeSlack
from tests.slack.fake.workspace import Workspace

__all__ = [
    "Broken",
    "Channel",
    "FakeSlack",
    "Fault",
    "File",
    "Limited",
    "Lost",
    "Message",
    "Refused",
    "Reset",
    "Silent",
    "Team",
    "User",
    "View",
    "Workspace",
]
