"""A stub of Slack for `bench.delivery`: it takes every post, and notes when it came and where to.

`python -m bench.stub PORT MILLISECONDS`; what it noted is at /noted, as JSON.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from urllib.parse import parse_qs

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

noted: list[tuple[float, str, str]] = []
"""When it came (monotonic seconds), the channel, and the message's key."""
delay = 0.0


async def api(request: Request) -> JSONResponse:
    method = request.path_params["method"]
    come = time.monotonic()
    body = await request.body()
    if method == "chat.postMessage":
        said = json.loads(body)
        key = said["metadata"]["event_payload"]["key"]
        noted.append((come, said["channel"], key))
    await asyncio.sleep(delay)
    if method == "conversations.info":
        form = {**parse_qs(body.decode()), **{k: [v] for k, v in request.query_params.items()}}
        channel = {"id": form["channel"][0], "name": "room", "is_member": True}
        return JSONResponse({"ok": True, "channel": channel})
    if method == "chat.postMessage":
        return JSONResponse({"ok": True, "channel": said["channel"], "ts": f"{come:.6f}"})
    return JSONResponse({"ok": False, "error": "unknown_method"})


async def told(_: Request) -> JSONResponse:
    return JSONResponse(noted)


def main() -> None:
    global delay
    port, delay = int(sys.argv[1]), float(sys.argv[2]) / 1000
    routes = [Route("/api/{method}", api, methods=["POST", "GET"]), Route("/noted", told)]
    uvicorn.run(Starlette(routes=routes), host="127.0.0.1", port=port, log_level="error")


if __name__ == "__main__":
    main()
