"""A key set of the tests' own, as Microsoft publishes one, and tokens made with it."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from jwt.algorithms import RSAAlgorithm

from bot.teams.sdk import PUBLIC, CloudEnvironment

Json = dict[str, Any]
KID = "the-tests-own"
ENDORSEMENTS = {KID: ["msteams", "skypeforbusiness"], "another": ["webchat"], "nobody": None}
"""The channels for which each published key is endorsed; the last has no endorsements at all."""


class KeySet:
    """`with KeySet() as keys:` publishes keys at the address that `keys.cloud` names."""

    def __init__(self) -> None:
        self.key = generate_private_key(65537, 2048)
        self.other = generate_private_key(65537, 2048)
        public = json.loads(RSAAlgorithm.to_jwk(self.key.public_key()))
        published = [
            {**public, "kid": kid} | ({"endorsements": endorsed} if endorsed else {})
            for kid, endorsed in ENDORSEMENTS.items()
        ]
        text = json.dumps({"keys": published}).encode()

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_: object) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=lambda: self._server.serve_forever(0.01))
        url = f"http://127.0.0.1:{self._server.server_port}/openidconfiguration"
        self.cloud: CloudEnvironment = replace(PUBLIC, openid_metadata_url=url)

    def __enter__(self) -> KeySet:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join(10)
        self._server.server_close()

    def token(self, *, key: RSAPrivateKey | None = None, kid: str = KID, **changes: Any) -> str:
        """A good token, with some claims changed; None takes a claim away."""
        now = int(time.time())
        claims = {
            "iss": PUBLIC.token_issuer,
            "nbf": now - 60,
            "iat": now - 60,
            "exp": now + 3600,
            **changes,
        }
        kept = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(kept, key or self.key, "RS256", headers={"kid": kid})
