"""The web application: put together from its routers; every page carries the headers of a cautious site."""

from http import HTTPStatus
from typing import Final

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware.base import RequestResponseEndpoint

from infra.errors import TransientError
from infra.wiring import Ports
from web import alerts, callbacks, health, pay, receipts, verify
from web.pages import page

RETRY_AFTER_SECONDS: Final = 60
"""The minute that the page speaks of."""

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'"
    ),
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def create_app(ports: Ports) -> FastAPI:
    """The application over `ports`. Routes are plain functions, run in threads: what they call blocks."""
    app = FastAPI(title="Residency renewal", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.ports = ports
    app.include_router(alerts.router)  # before the callbacks, whose address begins with any gateway's name
    app.include_router(callbacks.router)
    app.include_router(pay.router)
    app.include_router(receipts.router)
    app.include_router(verify.router)

    app.include_router(health.router)

    @app.exception_handler(HTTPStatus.NOT_FOUND)
    @app.exception_handler(RequestValidationError)
    def unknown(_request: Request, _error: Exception) -> Response:
        """A link that was cut short is met with a page, as one that leads nowhere."""
        return page("pay/unknown.html", status=404)

    @app.exception_handler(HTTPStatus.METHOD_NOT_ALLOWED)
    def not_a_page(_request: Request, error: HTTPException) -> Response:
        """A browser at an address that only programs speak to."""
        return page("pay/unknown.html", status=405, headers=error.headers)

    @app.exception_handler(TransientError)
    def busy(request: Request, error: Exception) -> Response:
        """Nothing is acknowledged: KNET takes the 503 as that, a person and a program are told when to come back."""
        health.note_turned_away(request, ports, reason=str(error))
        return page("pay/busy.html", status=503, headers={"Retry-After": str(RETRY_AFTER_SECONDS)})

    @app.middleware("http")
    async def cautious(request: Request, call_next: RequestResponseEndpoint) -> Response:
        response = await call_next(request)
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    return app
