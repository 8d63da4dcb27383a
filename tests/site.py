"""Our web application in this process, asked as a browser would ask, without following where an answer leads."""

from dataclasses import dataclass
from functools import partial
from typing import Any

import anyio
import httpx
from fastapi import FastAPI


@dataclass(frozen=True)
class Site:
    app: FastAPI
    address: str

    def get(self, path: str, **request: Any) -> httpx.Response:
        return self.request("GET", path, **request)

    def post(self, path: str, **request: Any) -> httpx.Response:
        return self.request("POST", path, **request)

    def request(self, method: str, path: str, **request: Any) -> httpx.Response:
        return anyio.run(partial(self._request, method, path, **request))

    async def _request(self, method: str, path: str, **request: Any) -> httpx.Response:
        transport = httpx.ASGITransport(self.app)
        async with httpx.AsyncClient(transport=transport, base_url=self.address) as browser:
            return await browser.request(method, path, **request)
