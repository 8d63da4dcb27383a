"""A connection that ends without an answer: not even a status line reaches the caller."""

from typing import Any

from fastapi.responses import Response
from starlette.types import Receive, Scope, Send

from infra.errors import PermanentError


class Dropped(Response):
    """Closes the caller's connection under the server's hands. Only a server with real connections can do it."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - nothing is sent
        _transport(receive).abort()
        while (await receive())["type"] != "http.disconnect":
            continue  # the server must learn of it first, or it would answer for us


def _transport(receive: Any) -> Any:
    """Uvicorn keeps the connection beside `receive`; a middleware between the two wraps it."""
    while receive is not None:
        owner: Any = getattr(receive, "__self__", None)
        if hasattr(owner, "transport"):
            return owner.transport
        receive = getattr(owner, "_receive", None)
    raise PermanentError("only uvicorn's connections can be dropped")
