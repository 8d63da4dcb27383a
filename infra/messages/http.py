"""The ministry's message gateway over HTTP: one PUT a message, known by its key."""

from typing import Any, Final

import httpx

from infra.errors import PermanentError, TransientError
from infra.messages import Letter
from infra.settings import MessageSettings

_REFUSED: Final = frozenset({httpx.codes.BAD_REQUEST, httpx.codes.GONE, httpx.codes.UNPROCESSABLE_ENTITY})


class HttpMessages:
    """What is no plain refusal of this one message may be a wrong setting or a passing trouble: it is retried."""

    def __init__(self, settings: MessageSettings, *, client: httpx.Client | None = None) -> None:
        self._url = f"{settings.url}/messages"
        self._headers = {"Authorization": f"Bearer {settings.token.get_secret_value()}"}
        self._client = client or httpx.Client(timeout=settings.timeout_seconds)

    def send(self, letter: Letter) -> None:
        headers = {**self._headers, "Idempotency-Key": letter.key}
        try:
            reply = self._client.post(self._url, json=_body(letter), headers=headers)
        except httpx.HTTPError as error:
            raise TransientError(f"the message gateway did not answer: {type(error).__name__}") from None
        if reply.status_code in _REFUSED:
            raise PermanentError(f"the message gateway refused the message: HTTP {reply.status_code}")
        if not reply.is_success:
            raise TransientError(f"the message gateway takes no messages: HTTP {reply.status_code}")

    def close(self) -> None:
        self._client.close()


def _body(letter: Letter) -> dict[str, Any]:
    return {
        "account": str(letter.account_id),
        "to": letter.mobile,
        "template": letter.template.value,
        "language": letter.language.value,
        "text": {language.value: words for language, words in letter.words.items()},
    }
