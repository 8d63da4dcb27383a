"""Moods of the sandbox's registries: refusals, outages and delays for one person, so that tests do not meet."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event

from anyio import to_thread
from fastapi import FastAPI, Request, Response
from starlette.middleware.base import RequestResponseEndpoint

FOREVER = 10**6


@dataclass
class Mood:
    """Whatever mentions this person at this address is answered with `status`, `times` times, or held until freed."""

    path: str
    civil_number: str
    status: int | None
    times: int = FOREVER
    met: int = 0
    over: Event = field(default_factory=Event)

    def concerns(self, request: Request, body: bytes) -> bool:
        return self.met < self.times and request.url.path.startswith(self.path) and self.civil_number.encode() in body


@dataclass
class Moods:
    now: list[Mood] = field(default_factory=list)

    @contextmanager
    def answering(self, status: int, *, at: str, about: str, times: int = FOREVER) -> Iterator[Mood]:
        with self._while(Mood(at, about, status, times)) as mood:
            yield mood

    @contextmanager
    def holding(self, *, at: str, about: str) -> Iterator[Mood]:
        """No answer until the block ends."""
        with self._while(Mood(at, about, None)) as mood:
            yield mood

    @contextmanager
    def _while(self, mood: Mood) -> Iterator[Mood]:
        self.now.append(mood)
        try:
            yield mood
        finally:
            self.now.remove(mood)
            mood.over.set()

    def come_over(self, app: FastAPI) -> None:
        @app.middleware("http")
        async def moody(request: Request, call_next: RequestResponseEndpoint) -> Response:
            body = await request.body()
            for mood in [each for each in self.now if each.concerns(request, body)]:
                mood.met += 1
                if mood.status is not None:
                    answer = json.dumps({"reason": "out_of_sorts"})
                    return Response(answer, status_code=mood.status, media_type="application/json")
                await to_thread.run_sync(mood.over.wait)
            return await call_next(request)
