"""The sandbox's message gateway: keeps what it is given, one message a key, in place of sending any SMS."""

from collections.abc import Callable
from datetime import datetime
from threading import Lock
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Header, HTTPException
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from infra.sandbox.journal import Journal
from infra.sandbox.registries import bearer
from infra.sandbox.settings import SandboxSettings

Key = Annotated[str, Header(alias="Idempotency-Key", min_length=1, max_length=200)]


class _Letter(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    account: UUID
    to: Annotated[str, Field(pattern=r"^\+965[0-9]{8}$")]
    template: Annotated[str, Field(pattern=r"^[a-z_]{3,40}$")]
    language: Literal["ar", "en"]
    text: dict[Literal["ar", "en"], Annotated[str, Field(min_length=1, max_length=2000)]]


class Trouble(BaseModel):
    """`down`: 503 to everybody. `lost_answers`: so many messages are taken, and their answer is a 502."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    down: bool = False
    lost_answers: int = Field(default=0, ge=0)


class MessageBox:
    """Thread-safe; survives a restart. A key that is known stands, whatever comes under it again."""

    def __init__(self, journal: Journal, *, now: Callable[[], datetime]) -> None:
        self._journal, self._now = journal, now
        self._lock = Lock()
        self._kept = {str(entry["key"]): entry for entry in journal.replay()}
        self._repeats: dict[str, int] = {}
        self.trouble = Trouble()

    def take(self, key: str, letter: _Letter) -> None:
        with self._lock:
            if key in self._kept:
                self._repeats[key] = self._repeats.get(key, 0) + 1
                return
            entry = {"key": key, "at": self._now().isoformat(), **letter.model_dump(mode="json")}
            self._journal.append(entry)
            self._kept[key] = entry

    def loses_the_answer(self) -> bool:
        with self._lock:
            left = self.trouble.lost_answers
            if left:
                self.trouble = self.trouble.model_copy(update={"lost_answers": left - 1})
            return left > 0

    def messages(self, number: str = "") -> list[dict[str, Any]]:
        """The newest first; of one number, or of a part of it."""
        wanted = "".join(each for each in number if each.isdigit())
        with self._lock:
            found = [each for each in reversed(self._kept.values()) if wanted in each["to"]]
            return [{**each, "repeats": self._repeats.get(each["key"], 0)} for each in found]


def message_gateway(box: MessageBox, settings: SandboxSettings) -> APIRouter:
    """As the ministry's gateway is asked: a bearer token, a key, JSON."""
    router = APIRouter(prefix="/messages-gateway", dependencies=[Depends(bearer(settings))])

    def take(letter: _Letter, key: Key) -> JSONResponse:
        if box.trouble.down:
            raise HTTPException(503)
        box.take(key, letter)
        if box.loses_the_answer():
            raise HTTPException(502)
        return JSONResponse({"taken": key}, status_code=202)

    router.add_api_route("/messages", take, methods=["POST"], response_model=None)
    return router
