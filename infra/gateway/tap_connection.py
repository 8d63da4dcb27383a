"""One question to Tap and its answer, or which of the three failures it was."""

from dataclasses import dataclass, field
from typing import Any, Literal

import httpx

from infra.errors import PermanentError, TransientError, UnknownOutcomeError
from infra.gateway import MalformedMessageError
from infra.gateway.tap_json import read_object, text_at
from infra.settings import TapSettings
from models.service import Language

_LONGEST_REPLY = 1_048_576  # a page of fifty charges
_NOTHING_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
_KEY_REFUSED = {httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN}
_PERHAPS_DONE = {httpx.codes.REQUEST_TIMEOUT, httpx.codes.CONFLICT}  # another of the same may be under way
_REFUSALS = range(400, 500)


@dataclass(frozen=True, slots=True)
class Reply:
    message: dict[str, Any] = field(repr=False)
    body: bytes = field(repr=False)


class TapRefusalError(PermanentError):
    """Tap did not do it. `http_status` is HTTP's; `code` is Tap's own, where it gave one."""

    def __init__(self, status: int, code: str) -> None:
        remedy = ": check RENEWAL_TAP__SECRET_KEY and RENEWAL_TAP__MERCHANT_ID" if status in _KEY_REFUSED else ""
        super().__init__(f"Tap refused with HTTP {status}, code {code or 'none'}{remedy}")
        self.http_status = status
        self.code = code

    @property
    def is_ours(self) -> bool:
        """Our key or merchant id is wrong; the question itself was not looked at."""
        return self.http_status in _KEY_REFUSED


class TapConnection:
    """`client` verifies certificates; Tap is never spoken to over a connection that does not."""

    def __init__(self, settings: TapSettings, client: httpx.Client) -> None:
        key = settings.secret_key.get_secret_value()
        if not key or not key.isascii() or not key.isprintable() or " " in key:
            raise PermanentError("Tap's secret key is printable ASCII without spaces; copy it from Tap's dashboard")
        self._key = settings.secret_key
        self._url = settings.api_url.rstrip("/")
        self._client = client

    def ask(
        self,
        method: Literal["GET", "POST"],
        path: str,
        content: dict[str, Any] | None = None,
        *,
        language: Language = Language.ENGLISH,
    ) -> Reply:
        """Raises TransientError (nothing was done), TapRefusalError (it said no), else UnknownOutcomeError.

        `language` is that of the page that Tap makes for a new charge.
        """
        headers = {
            "Authorization": f"Bearer {self._key.get_secret_value()}",
            "Accept": "application/json",
            "lang_code": language.value,
        }
        try:
            reply = self._client.request(method, f"{self._url}/{path}", json=content, headers=headers)
        except _NOTHING_SENT as error:
            raise TransientError(f"Tap cannot be reached: {type(error).__name__}") from None
        except httpx.HTTPError as error:
            raise UnknownOutcomeError(f"Tap did not answer: {type(error).__name__}") from None
        if reply.status_code == httpx.codes.TOO_MANY_REQUESTS:
            raise TransientError("Tap is asked too often: HTTP 429")
        if reply.status_code in _REFUSALS and reply.status_code not in _PERHAPS_DONE:
            raise TapRefusalError(reply.status_code, _code(reply.content))
        if not reply.is_success:
            raise UnknownOutcomeError(f"Tap did not answer: HTTP {reply.status_code}")
        try:
            return Reply(read_object(reply.content, longest=_LONGEST_REPLY), reply.content)
        except MalformedMessageError:
            raise UnknownOutcomeError("Tap's answer cannot be read") from None

    def close(self) -> None:
        self._client.close()


def _code(body: bytes) -> str:
    """The first error's code, if it looks like one: the rest of the text is not ours to repeat."""
    try:
        errors = read_object(body, longest=_LONGEST_REPLY).get("errors")
        first = errors[0] if isinstance(errors, list) and errors else None
        code = text_at(first, "code") if isinstance(first, dict) else ""
    except MalformedMessageError:
        return ""
    return code if code.isascii() and code.isalnum() else ""
