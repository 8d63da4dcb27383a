"""The moments at which a process may die: before and after every commit, and around everything on the network."""

import os
import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from sqlalchemy import event
from sqlalchemy.orm import Session
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Moments:
    """Tells every moment that this process comes to, and kills it, with SIGKILL, at the nth."""

    def __init__(self, report: int, *, die_at: int | None) -> None:
        self._report = report
        self._die_at = die_at
        self._seen: Counter[str] = Counter()

    def reach(self, what: str) -> None:
        self._seen[what] += 1
        os.write(self._report, f"{what} {self._seen[what]}\n".encode())
        if self._seen.total() == self._die_at:
            os.kill(os.getpid(), signal.SIGKILL)


@contextmanager
def at_commits(moments: Moments) -> Iterator[None]:
    def before(_: Session) -> None:
        moments.reach("before commit")

    def after(_: Session) -> None:
        moments.reach("after commit")

    hooks = (("before_commit", before), ("after_commit", after))
    for name, hook in hooks:
        event.listen(Session, name, hook)
    try:
        yield
    finally:
        for name, hook in hooks:
            event.remove(Session, name, hook)


class WatchedTransport(httpx.BaseTransport):
    """What we ask of others: before it goes out, when it is out, and when its answer is here, yet unread."""

    def __init__(self, transport: httpx.BaseTransport, moments: Moments) -> None:
        self._transport = transport
        self._moments = moments

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self._moments.reach("before request")
        request.extensions["trace"] = self._trace
        response = self._transport.handle_request(request)
        response.read()
        self._moments.reach("after answer")
        return response

    def _trace(self, name: str, _info: dict[str, Any]) -> None:
        if name == "http11.send_request_body.complete":
            self._moments.reach("request is out")

    def close(self) -> None:
        self._transport.close()


def watched(app: ASGIApp, moments: Moments) -> ASGIApp:
    """What others ask of us: when it has come, before anything is answered, and when the answer is out."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                moments.reach("before our answer")
            await send(message)
            if message["type"] == "http.response.body" and not message.get("more_body"):
                moments.reach("our answer is out")

        moments.reach("we are asked")
        await app(scope, receive, answer)

    return serve
