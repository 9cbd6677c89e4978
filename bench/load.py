"""One load client, a process of its own: signed slash commands at a Slack app over HTTP.

`python -m bench.load PORT SECRET CLIENTS SECONDS TEXT` prints {"p50": milliseconds,
"rate": requests a second} as JSON. It says no more than an HTTP/1.1 server needs to hear, so
that it measures the server and not itself.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import socket
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from statistics import median
from urllib.parse import urlencode

USER, TEAM = "U01JANE", "T01FORCE"


def command(text: str, secret: str) -> bytes:
    """`/rec TEXT` as Slack posts it, signed just now."""
    body = urlencode(
        {
            "command": "/rec",
            "text": text,
            "user_id": USER,
            "team_id": TEAM,
            "channel_id": "D01DIRECT",
            "channel_name": "directmessage",
            "trigger_id": f"{time.time_ns()}.1",
            "response_url": "http://127.0.0.1/none",
        }
    )
    stamp = str(int(time.time()))
    signed = hmac.new(secret.encode(), f"v0:{stamp}:{body}".encode(), hashlib.sha256).hexdigest()
    return (
        "POST /slack/events HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n"
        f"X-Slack-Request-Timestamp: {stamp}\r\nX-Slack-Signature: v0={signed}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n{body}"
    ).encode()


def exchange(line: socket.socket, request: bytes) -> bytes:
    """Post a request and read the whole answer's body. Raises ConnectionError unless it is 200."""
    line.sendall(request)
    got = b""
    while b"\r\n\r\n" not in got:
        got += _some(line)
    head, _, body = got.partition(b"\r\n\r\n")
    first, *headers = head.decode().lower().split("\r\n")
    if " 200 " not in f"{first} ":
        raise ConnectionError(f"answered {first!r}")
    length = next(int(h.partition(":")[2]) for h in headers if h.startswith("content-length:"))
    while len(body) < length:
        body += _some(line)
    return body


def _some(line: socket.socket) -> bytes:
    got = line.recv(65536)
    if not got:
        raise ConnectionError("the server hung up")
    return got


def ask(port: int, secret: str, text: str, seconds: float) -> list[float]:
    """One client asks again and again for a while; gives how many seconds each answer took."""
    took = []
    with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            request = command(text, secret)
            begun = time.perf_counter()
            exchange(line, request)
            took.append(time.perf_counter() - begun)
    return took


def main() -> None:
    port, secret, clients, seconds, text = sys.argv[1:]
    with ThreadPoolExecutor(int(clients)) as pool:
        asking = [
            pool.submit(ask, int(port), secret, text, float(seconds)) for _ in range(int(clients))
        ]
        took = [one for each in asking for one in each.result()]
    print(json.dumps({"p50": median(took) * 1000, "rate": len(took) / float(seconds)}))


if __name__ == "__main__":
    main()
