"""The registries over HTTP: five lookups asked at once, and the extension, put by case."""

import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any, TypeVar
from uuid import UUID

import httpx
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from infra.errors import PermanentError, TransientError, UnknownOutcomeError
from infra.registries import Extension
from infra.settings import RegistrySettings
from models.checks import RegistryAnswers
from models.registry import CivilRecord, InsuranceRecord, ResidencyRecord, TrafficRecord, WorkRecord

Answer = TypeVar("Answer", CivilRecord, ResidencyRecord, InsuranceRecord, WorkRecord, TrafficRecord)

_THREADS = 15  # three cases at once ask all five
_REASON = re.compile(r"[a-z_]{1,40}")
_TRY_LATER = {httpx.codes.REQUEST_TIMEOUT, httpx.codes.TOO_EARLY, httpx.codes.TOO_MANY_REQUESTS}


class _Confirmation(BaseModel):
    model_config = ConfigDict(extra="ignore")

    confirmation: str = Field(pattern=r"^[A-Za-z0-9/-]{4,40}$")


class HttpRegistries:
    """Asks as the ministry's integration layer expects: a bearer token, JSON, one address per registry."""

    def __init__(self, settings: RegistrySettings, *, client: httpx.Client | None = None) -> None:
        self._settings = settings
        self._client = client or httpx.Client(timeout=settings.timeout_seconds)
        self._headers = {"Authorization": f"Bearer {settings.token.get_secret_value()}"}
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="registry")

    def ask(self, civil_numbers: list[str]) -> RegistryAnswers:
        at, numbers = self._settings, frozenset(civil_numbers)
        civil = self._threads.submit(self._lookup, at.civil_url, CivilRecord, numbers=numbers)
        residency = self._threads.submit(self._lookup, at.residency_url, ResidencyRecord, numbers=numbers)
        insurance = self._threads.submit(self._lookup, at.insurance_url, InsuranceRecord, numbers=numbers)
        work = self._threads.submit(self._lookup, at.manpower_url, WorkRecord, numbers=numbers)
        traffic = self._threads.submit(self._lookup, at.traffic_url, TrafficRecord, numbers=numbers)
        return RegistryAnswers(
            civil=civil.result(),
            residency=residency.result(),
            insurance=insurance.result(),
            work=work.result(),
            traffic=traffic.result(),
        )

    def permits(self, civil_numbers: list[str]) -> dict[str, date]:
        found = self._lookup(self._settings.residency_url, ResidencyRecord, numbers=frozenset(civil_numbers))
        return {number: record.permit_expires for number, record in found.items()}

    def extend(self, case_id: UUID, extensions: list[Extension]) -> str:
        """A timeout is a TransientError even here: the registry knows the case and answers a repeat with the same.

        PermanentError only where the registry itself refuses with a reason. Any other answer is an UnknownOutcomeError:
        it may be a proxy's, and the permit may be extended.
        """
        body = {
            "extensions": [
                {
                    "civil_number": extension.civil_number,
                    "start": extension.start.isoformat(),
                    "end": extension.end.isoformat(),
                    "years": extension.years,
                }
                for extension in extensions
            ]
        }
        reply = self._call("PUT", f"{self._settings.residency_url}/extensions/{case_id}", body=body)
        if reply.is_client_error and (reason := _reason(reply)):
            raise PermanentError(f"the residency registry refused the extension: {reason}")
        try:
            return _Confirmation.model_validate_json(reply.content if reply.is_success else b"").confirmation
        except ValidationError:
            raise UnknownOutcomeError(
                f"the residency registry's answer about the extension cannot be read: HTTP {reply.status_code}"
            ) from None

    def close(self) -> None:
        self._threads.shutdown(cancel_futures=True)
        self._client.close()

    def _lookup(self, url: str, kind: type[Answer], *, numbers: frozenset[str]) -> dict[str, Answer]:
        reply = self._call("POST", f"{url}/lookup", body={"civil_numbers": sorted(numbers)})
        if reply.is_redirect:
            raise PermanentError(f"{_where(url)} points elsewhere; correct its address in the settings")
        if reply.is_client_error:
            raise PermanentError(f"{_where(url)} refused the lookup: HTTP {reply.status_code}")
        answer = _json(reply)
        records = answer.get("records") if isinstance(answer, dict) else None
        if not isinstance(records, list):
            raise PermanentError(f"{_where(url)} answered without records")
        return _by_number(kind, records, numbers=numbers)

    def _call(self, method: str, url: str, *, body: Mapping[str, Any]) -> httpx.Response:
        try:
            reply = self._client.request(method, url, json=body, headers=self._headers)
        except httpx.HTTPError as error:
            raise TransientError(f"{_where(url)} did not answer: {type(error).__name__}") from None
        if reply.is_server_error or reply.status_code in _TRY_LATER:
            raise TransientError(f"{_where(url)} is not available: HTTP {reply.status_code}")
        return reply


def _by_number(kind: type[Answer], records: list[Any], *, numbers: frozenset[str]) -> dict[str, Answer]:
    """At most one record each, and only of the persons asked for: a stranger's record is no answer."""
    try:
        answers = [kind.model_validate(record) for record in records]
    except ValidationError as error:
        places = {".".join(map(str, detail["loc"])) for detail in error.errors(include_input=False)}
        raise PermanentError(f"{kind.__name__} cannot be read: {', '.join(sorted(places))}") from None
    by_number = {answer.civil_number: answer for answer in answers}
    if len(by_number) != len(answers) or not by_number.keys() <= numbers:
        raise PermanentError(f"{kind.__name__}: records of persons who were not asked for, or twice of one")
    return by_number


def _json(reply: httpx.Response) -> Any:
    try:
        return reply.json()
    except ValueError:
        raise PermanentError(f"{reply.url.host}{reply.url.path} did not answer in JSON") from None


def _reason(reply: httpx.Response) -> str | None:
    """The registry's own word for its refusal, if this is its answer at all."""
    try:
        answer = reply.json()
    except ValueError:
        return None
    reason = answer.get("reason") if isinstance(answer, dict) else None
    if not isinstance(reason, str):
        return None
    return reason if _REASON.fullmatch(reason) else f"HTTP {reply.status_code}"


def _where(url: str) -> str:
    address = httpx.URL(url)
    return f"{address.host}{address.path}"
