"""What a route asks for: the adapters of this process, and the raw body of a request with its limit."""

from typing import Annotated, Final

from fastapi import Depends, HTTPException, Request

from infra.wiring import Ports

MAX_CALLBACK_BYTES: Final = 16_384


def _ports(request: Request) -> Ports:
    ports = request.app.state.ports
    if not isinstance(ports, Ports):
        raise TypeError("the application was made without its ports")
    return ports


async def _small_body(request: Request) -> bytes:
    """The body, read only as far as the limit: a notification is short."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_CALLBACK_BYTES:
            raise HTTPException(413, "too large for a notification")
    return body


PortsDep = Annotated[Ports, Depends(_ports)]
SmallBody = Annotated[bytes, Depends(_small_body)]
