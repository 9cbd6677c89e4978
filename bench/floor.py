"""Bare Bolt, against which Duly on Slack is measured, and the Slack that it asks who somebody is.

`python -m bench.floor PORT SECRET` serves both.

The floor is the least that slack-bolt can do: one listener with a small fixed answer, no
authorisation to look up, its faster way of answering, Starlette and uvicorn. The same process
stands in for Slack's Web API, which Duly asks once who somebody is and then remembers.
"""

from __future__ import annotations

import sys
from typing import Any

import uvicorn
from slack_bolt.adapter.starlette.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.authorization import AuthorizeResult
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bench.load import TEAM, USER

ANSWER: dict[str, Any] = {
    "response_type": "ephemeral",
    "text": "Recommendation 16",
    "blocks": [
        {"type": "section", "text": {"type": "mrkdwn", "text": "*Recommendation 16*"}},
        {
            "type": "actions",
            "elements": [
                {
                    "type": "button",
                    "action_id": "update",
                    "text": {"type": "plain_text", "text": "Update"},
                    "value": "24087",
                }
            ],
        },
    ],
}
SLACK: dict[str, dict[str, Any]] = {
    "auth.test": {"team_id": TEAM, "team": "Force", "user_id": "U00DULY", "bot_id": "B00DULY"},
    "users.info": {"user": {"id": USER, "team_id": TEAM}},
}


def floor(secret: str) -> AsyncApp:
    async def authorize() -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=None, team_id=TEAM, bot_token="xoxb-none")

    app = AsyncApp(signing_secret=secret, authorize=authorize, process_before_response=True)

    @app.command("/rec")
    async def rec(ack: AsyncAck) -> None:
        await ack(ANSWER)

    return app


def main() -> None:
    port, secret = sys.argv[1:]
    handler = AsyncSlackRequestHandler(floor(secret))

    async def events(request: Request) -> Response:
        return await handler.handle(request)

    async def web_api(request: Request) -> Response:
        return JSONResponse({"ok": True, **SLACK[request.path_params["method"]]})

    app = Starlette(
        routes=[
            Route("/slack/events", events, methods=["POST"]),
            Route("/api/{method}", web_api, methods=["GET", "POST"]),
        ]
    )
    uvicorn.run(app, host="127.0.0.1", port=int(port), access_log=False, log_level="warning")


if __name__ == "__main__":
    main()
