"""Check of the token (JWT) of a request: Microsoft's, for this bot, and for Teams' own channel.

A bot's registration may serve more channels than Teams, in some of which the client itself says
who writes. Microsoft signs for each with keys that are endorsed for it, so the key of a token must
be endorsed for Teams.
"""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import jwt

from bot.teams.activity import ActivityRefused
from bot.teams.sdk import CloudEnvironment, TokenValidator

CHANNEL_ID = "msteams"
"""The channel id of Teams' activities, and the endorsement of the keys that sign for it."""


class EndorsedKeys(jwt.PyJWKClient):
    """Cache of Microsoft's published signing keys (JWKS), without those not endorsed for Teams."""

    def __init__(self, uri: str, *, timeout: float = 30) -> None:
        super().__init__(uri, timeout=timeout)
        self._fetching = threading.Lock()

    def fetch_data(self) -> Any:
        published = super().fetch_data()
        keys = published.get("keys")
        endorsed = [key for key in keys if _is_endorsed(key)] if isinstance(keys, list) else []
        return {**published, "keys": endorsed}

    def get_jwk_set(self, refresh: bool = False) -> jwt.PyJWKSet:
        # Until it has been filtered, a fetched set must not be read by another thread.
        with self._fetching:
            return super().get_jwk_set(refresh)


def _is_endorsed(key: object) -> bool:
    endorsements = key.get("endorsements") if isinstance(key, dict) else None
    return isinstance(endorsements, list) and CHANNEL_ID in endorsements


class TokenCheck:
    """Validator of tokens: key and its endorsement, issuer, audience, expiry, service address."""

    def __init__(self, client_id: str, cloud: CloudEnvironment) -> None:
        self._validator = TokenValidator.for_service(client_id, cloud=cloud)
        self._keys = EndorsedKeys(self._validator.options.jwks_uri)
        # Microsoft's keys are fetched in it, never on the event loop.
        self._executor = ThreadPoolExecutor(2, "teams-tokens")

    def close(self) -> None:
        self._executor.shutdown(wait=False, cancel_futures=True)

    async def check(self, token: str, service_url: str) -> None:
        """Raises ActivityRefused where Microsoft did not make the token for this bot, Teams, and
        the service address that the activity names."""
        loop = asyncio.get_running_loop()
        try:
            await loop.run_in_executor(self._executor, self._validate, token, service_url)
        except jwt.PyJWTError as error:
            raise ActivityRefused("The token is not Microsoft's for Duly.", 401) from error

    def _validate(self, token: str, service_url: str) -> None:
        self._keys.get_signing_key_from_jwt(token)  # raises for a key without the endorsement
        claims = asyncio.run(self._validator.validate_token(token, service_url))
        if "exp" not in claims:  # the SDK looks at it only where it is there
            raise jwt.MissingRequiredClaimError("exp")
