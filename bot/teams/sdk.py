"""Imports of Microsoft's SDK for Teams; no other module imports it.

Its import warns that a part Duly does not use is a preview, and loads a `.env` of whatever folder
above into the environment; neither is wanted here.
"""

from __future__ import annotations

import os
import warnings

_DISABLED = "PYTHON_DOTENV_DISABLED"
_before = os.environ.get(_DISABLED)
os.environ[_DISABLED] = "1"
try:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from microsoft_teams.api import (
            ActivityBase,
            ActivityTypeAdapter,
            ClientCredentials,
            TokenProtocol,
        )
        from microsoft_teams.api.activities.conversation import ConversationUpdateActivity
        from microsoft_teams.api.activities.install_update import (
            InstalledActivity,
            UninstalledActivity,
        )
        from microsoft_teams.api.activities.invoke.adaptive_card import AdaptiveCardInvokeActivity
        from microsoft_teams.api.activities.invoke.message_extension import (
            MessageExtensionFetchTaskInvokeActivity,
            MessageExtensionQueryInvokeActivity,
            MessageExtensionSubmitActionInvokeActivity,
        )
        from microsoft_teams.api.activities.invoke.task import (
            TaskFetchInvokeActivity,
            TaskSubmitInvokeActivity,
        )
        from microsoft_teams.api.activities.message import MessageActivity
        from microsoft_teams.api.auth.cloud_environment import PUBLIC, CloudEnvironment
        from microsoft_teams.api.models.entity import MentionEntity
        from microsoft_teams.api.models.messaging_extension import MessagingExtensionQuery
        from microsoft_teams.apps.auth import TokenValidator
        from microsoft_teams.apps.token_manager import TokenManager
        from microsoft_teams.apps.token_provider import AppTokenProvider
        from microsoft_teams.common import Client, ClientOptions
finally:
    if _before is None:
        del os.environ[_DISABLED]
    else:
        os.environ[_DISABLED] = _before

__all__ = [
    "PUBLIC",
    "ActivityBase",
    "ActivityTypeAdapter",
    "AdaptiveCardInvokeActivity",
    "AppTokenProvider",
    "Client",
    "ClientCredentials",
    "ClientOptions",
    "CloudEnvironment",
    "ConversationUpdateActivity",
    "InstalledActivity",
    "MentionEntity",
    "MessageActivity",
    "MessageExtensionFetchTaskInvokeActivity",
    "MessageExtensionQueryInvokeActivity",
    "MessageExtensionSubmitActionInvokeActivity",
    "MessagingExtensionQuery",
    "TaskFetchInvokeActivity",
    "TaskSubmitInvokeActivity",
    "TokenManager",
    "TokenProtocol",
    "TokenValidator",
    "UninstalledActivity",
]
