"""What Duly takes of Microsoft's SDK for Teams; nothing else imports it.

Its import warns that a part Duly does not use is a preview, and reads a `.env` of whatever folder
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
        from microsoft_teams.api import ClientCredentials
        from microsoft_teams.api.auth.cloud_environment import PUBLIC, CloudEnvironment
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
    "AppTokenProvider",
    "Client",
    "ClientCredentials",
    "ClientOptions",
    "CloudEnvironment",
    "TokenManager",
    "TokenValidator",
]
