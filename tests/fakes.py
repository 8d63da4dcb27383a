"""Small programs in the place of what is outside: they work, remember what was done, and fail on request."""

import json
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qsl
from uuid import UUID, uuid4

from infra.errors import InfraError, PermanentError, TransientError
from infra.gateway import (
    Acknowledgement,
    Capabilities,
    Evidence,
    Lookup,
    MalformedMessageError,
    Notification,
    PaymentRequest,
    Redirect,
    RefundRequest,
)
from infra.pool import CpuPool
from infra.receipts import render
from infra.receipts.words import to_words
from infra.registries import Extension
from infra.sandbox.people import Specimen
from infra.sandbox.population import Resident
from infra.storage import DirectoryStore, StoredObject
from infra.workflows import Start, Wake
from models.checks import RegistryAnswers
from models.money import Money
from models.payments.evidence import EvidenceOutcome
from models.payments.posting import Posting
from models.receipt_view import ReceiptView

_O = EvidenceOutcome


class Clock:
    """Stands where it is put, but for a millisecond at every reading: history keeps its order."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        self.at += timedelta(milliseconds=1)
        return self.at

    def advance(self, **by: float) -> None:
        self.at += timedelta(**by)


class FakeGateway:
    """A bank with a ledger of its own, apart from ours: what was really charged stands in `charges`."""

    name = "knet"

    def __init__(self) -> None:
        self.requests: dict[str, PaymentRequest] = {}
        self.charges: dict[str, Money] = {}
        self.refusals: dict[str, EvidenceOutcome] = {}
        self.next_answers: deque[Evidence | EvidenceOutcome] = deque()
        self.inquiries: list[str] = []
        self.refund_requests: list[RefundRequest] = []
        self.next_refund_answers: deque[EvidenceOutcome] = deque()
        self.returned: dict[str, Money] = {}
        self.meanwhile: Callable[[], object] = lambda: None  # what happens while the bank thinks

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(
            notification=Notification.ACKNOWLEDGED,
            lookup=Lookup.PRESENCE,
            submit_again_within=None,
            refund_again_within=None,
            refund_lookup=False,
            partial_refund=True,
            lists_transactions=False,
        )

    def prepare(self, request: PaymentRequest) -> Redirect:
        self.requests[request.trackid] = request
        return Redirect(url=f"https://bank.example/pay/{request.trackid}")

    def captures(self, trackid: str, *, amount: Money | None = None) -> bytes:
        """The payer pays; what the bank then sends to us."""
        self.refusals.pop(trackid, None)
        self.charges[trackid] = amount or self.requests[trackid].amount
        return self.message(trackid, _O.CAPTURED)

    def refuses(self, trackid: str, outcome: EvidenceOutcome) -> bytes:
        self.refusals[trackid] = outcome
        return self.message(trackid, outcome)

    def message(self, trackid: str, outcome: EvidenceOutcome) -> bytes:
        return f"trackid={trackid}&result={outcome.value}".encode()

    def parse_inbound(self, body: bytes, headers: Mapping[str, str]) -> Evidence:  # noqa: ARG002 - as the real one
        try:
            fields = dict(parse_qsl(body.decode("ascii"), strict_parsing=True))
            return Evidence(_O(fields["result"]), fields["trackid"], fields=fields, under_key="plain" not in fields)
        except (ValueError, KeyError):
            raise MalformedMessageError from None

    def acknowledge(self, return_url: str) -> Acknowledgement:
        return Acknowledgement(
            status=200, body=b"REDIRECT=" + return_url.encode(), headers={"Content-Type": "text/plain"}
        )

    def refund(self, request: RefundRequest) -> Evidence:
        """Of what is left of the charge; a scripted answer comes first and moves nothing."""
        self.refund_requests.append(request)
        if self.next_refund_answers:
            answer = self.next_refund_answers.popleft()
            if answer is _O.TRANSPORT_ERROR:  # carried out, and the reply is lost
                self._give_back(request)
            return Evidence(answer, request.trackid)
        if not self._give_back(request):
            return Evidence(_O.DECLINED, request.trackid, result_text="IPAY0100137")
        return Evidence(_O.REFUNDED, request.trackid, tranid=f"40{request.refund_id.hex[:10]}", amount=request.amount)

    def _give_back(self, request: RefundRequest) -> bool:
        left = self.charges.get(request.trackid, Money(0)) - self.returned.get(request.trackid, Money(0))
        if request.amount > left:
            return False
        self.returned[request.trackid] = self.returned.get(request.trackid, Money(0)) + request.amount
        return True

    def lookup_refund(self, request: RefundRequest) -> Evidence:
        raise PermanentError(f"no word of {request.refund_id}")

    def list_transactions(self, day: date) -> list[Posting]:
        raise PermanentError(f"no list of {day}")

    def inquire(self, request: PaymentRequest) -> Evidence:
        self.inquiries.append(request.trackid)
        answer = self.next_answers.popleft() if self.next_answers else self._answer(request.trackid)
        happening, self.meanwhile = self.meanwhile, lambda: None
        happening()
        return answer if isinstance(answer, Evidence) else Evidence(answer, request.trackid)

    def _answer(self, trackid: str) -> Evidence:
        if trackid not in self.charges:
            return Evidence(self.refusals.get(trackid, _O.NOT_FOUND), trackid)
        numbers = {"paymentid": f"10{trackid}", "tranid": f"20{trackid}", "ref": f"30{trackid[:8]}", "auth": "B00001"}
        return Evidence(_O.CAPTURED, trackid, amount=self.charges[trackid], fields=numbers, postdate="1123", **numbers)

    def close(self) -> None: ...


class FakeRegistries:
    """Registries that know `people`, and extend a case once, however often they are asked to."""

    def __init__(self) -> None:
        self.people: dict[str, Resident] = {}
        self.extended: dict[UUID, list[Extension]] = {}
        self.trouble: InfraError | None = None
        self.asked = 0

    def know(self, *persons: Specimen) -> None:
        self.people |= {person.civil_number: person.resident for person in persons}

    def ask(self, civil_numbers: list[str]) -> RegistryAnswers:
        self._fail()
        self.asked += 1
        known = [self.people[number] for number in civil_numbers if number in self.people]
        records = {
            name: {each.civil_number: record for each in known if (record := getattr(each, name)) is not None}
            for name in ("civil", "residency", "insurance", "work", "traffic")
        }
        return RegistryAnswers(**records)

    def permits(self, civil_numbers: list[str]) -> dict[str, date]:
        found = self.ask(civil_numbers).residency
        return {number: record.permit_expires for number, record in found.items()}

    def extend(self, case_id: UUID, extensions: list[Extension]) -> str:
        self._fail()
        assert self.extended.setdefault(case_id, extensions) == extensions
        return f"SPECIMEN-{case_id.hex[:8].upper()}"

    def close(self) -> None: ...

    def _fail(self) -> None:
        if self.trouble is not None:
            raise self.trouble


class BreakableStore(DirectoryStore):
    """A store on this disk whose power can be cut: for reading, or after so many more writes."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.root = root
        self.writes_left: int | None = None
        self.is_silent = False

    def get(self, key: str, *, sha256: str) -> bytes:
        if self.is_silent:
            raise TransientError("the store does not answer")
        return super().get(key, sha256=sha256)

    def put(self, key: str, data: bytes, *, media_type: str) -> StoredObject:
        if self.writes_left is not None:
            if self.writes_left == 0:
                raise TransientError("the store does not answer")
            self.writes_left -= 1
        return super().put(key, data, media_type=media_type)

    def keys(self, kind: str) -> list[str]:
        return sorted(path.relative_to(self.root).as_posix() for path in (self.root / kind).glob("*"))


class InlinePool(CpuPool):
    """Runs its jobs here and now. The receipt is kept as its words, which is quick, unless `prints` is set."""

    def __init__(self) -> None:
        super().__init__(1)
        self.prints = False
        self.views: list[ReceiptView] = []  # what went onto paper

    def run(self, job: Callable[..., object], *args: object, **kwargs: object) -> object:
        views = [each for each in args if isinstance(each, ReceiptView)]
        self.views += views
        if job is render and not self.prints:
            return b"%PDF-1.7\n" + json.dumps(to_words(*views), ensure_ascii=False).encode()
        return job(*args, **kwargs)


@dataclass
class FakeLauncher:
    """The engine, as far as the outbox sees it: one run a case, woken only while it sleeps."""

    runs: dict[UUID, UUID] = field(default_factory=dict)  # case -> run
    asleep: set[UUID] = field(default_factory=set)
    running: set[UUID] = field(default_factory=set)
    woken: list[UUID] = field(default_factory=list)
    names: list[tuple[str, list[str]]] = field(default_factory=list)
    held: set[UUID] = field(default_factory=set)  # runs that ended as Held
    refused: set[UUID] = field(default_factory=set)  # cases
    queues: list[str] = field(default_factory=list)
    down: bool = False

    async def start(self, case_id: UUID, *, name: str, tags: list[str], after: UUID | None = None) -> UUID:
        self._answer()
        if self.runs.get(case_id) in {None, after}:
            self.names.append((name, tags))
            self.runs[case_id] = uuid4()
        return self.runs[case_id]

    async def start_many(self, starts: Sequence[Start]) -> dict[UUID, UUID]:
        self._answer()
        self.queues += [each.queue for each in starts]
        return {
            each.case_id: await self.start(each.case_id, name=each.name, tags=list(each.tags), after=each.after)
            for each in starts
            if each.case_id not in self.refused
        }

    async def wake(self, run_id: UUID, *, held: bool = False) -> Wake:
        self._answer()
        if run_id in self.running:
            return Wake.BUSY
        if run_id not in self.asleep and (held or run_id not in self.held):
            return Wake.OVER
        self.woken.append(run_id)
        return Wake.WOKEN

    def _answer(self) -> None:
        if self.down:
            raise TransientError("Prefect did not answer")


def other_amount(evidence: Evidence, fils: int) -> Evidence:
    """The same answer over another sum."""
    return replace(evidence, amount=Money(fils))
