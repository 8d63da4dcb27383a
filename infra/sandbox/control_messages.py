"""Looking into the sandbox's message box: a page for people, JSON for programs, and trouble on request."""

from datetime import datetime
from typing import Any, Final

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse, JSONResponse

from infra.clock import KUWAIT
from infra.sandbox.control import controls
from infra.sandbox.message_box import MessageBox, Trouble
from infra.sandbox.pages import page

_SHOWN: Final = 200


def message_controls(box: MessageBox) -> APIRouter:
    router = controls()

    def listed(number: str = Query("", max_length=20)) -> JSONResponse:
        return JSONResponse(box.messages(number))

    def outbox(number: str = Query("", max_length=20)) -> HTMLResponse:
        found = box.messages(number)
        shown = [_shown(each) for each in found[:_SHOWN]]
        return page("messages.html", arabic=False, number=number, messages=shown, count=len(found))

    def trouble(order: Trouble) -> None:
        box.trouble = order

    router.add_api_route("/messages", listed, methods=["GET"], response_model=None)
    router.add_api_route("/outbox", outbox, methods=["GET"], response_model=None)
    router.add_api_route("/messages/trouble", trouble, methods=["POST"], status_code=204, response_model=None)
    return router


def _shown(message: dict[str, Any]) -> dict[str, Any]:
    at = datetime.fromisoformat(message["at"]).astimezone(KUWAIT)
    return {**message, "at": f"{at:%d/%m/%Y %H:%M:%S}"}
