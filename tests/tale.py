"""A renewal from submission to receipt, act by act; each act can be done again without knowing whether it was done."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from uuid import UUID

from models.case import Case, CaseStatus
from models.errors import InputError
from models.obstacle import Obstacle
from models.outbox import OutboxKind, OutboxMessage
from models.payments.attempt import PaymentAttempt
from models.payments.evidence import EvidenceKind, GatewayEvidence
from models.payments.ledger import LedgerEntry
from models.quote import FeeQuote
from models.receipt import Receipt
from tests.applications import Draft
from tests.world import STEPS, World

HISTORY = ["release", "identify", "accept_documents", "quote", "ask_payment", "pay", "extend", "issue_receipt"]


@dataclass
class Tale:
    world: World
    draft: Draft
    notice: bytes = field(default=b"")

    @property
    def case_id(self) -> UUID:
        [case] = self.world.rows(Case)
        return case.id

    @property
    def attempt(self) -> PaymentAttempt:
        [attempt] = self.world.rows(PaymentAttempt)
        return attempt

    def submit(self) -> None:
        with suppress(InputError):  # the second time: the renewal is already under way
            self.world.submit(self.draft)

    def release(self) -> None:
        self.world.release()

    def start_payment(self) -> None:
        self.world.start(self.case_id)

    def pay(self) -> None:
        """At the bank, where nothing of ours can die; then the bank tells us."""
        self.notice = self.notice or self.world.gateway.captures(self.attempt.trackid)
        self.world.notify(self.notice)

    def come_back(self) -> None:
        self.world.come_back(self.attempt)


def step(here: CaseStatus) -> Callable[[Tale], None]:
    """The step that works where a case stands at `here`, wherever it stands by now."""

    def act(tale: Tale) -> None:
        STEPS[here](tale.case_id)

    return act


ACTS: list[tuple[str, Callable[[Tale], None], int]] = [
    ("submit", Tale.submit, 2),
    ("release", Tale.release, 2),
    ("validate_identity", step(CaseStatus.RELEASED), 2),
    ("collect_documents", step(CaseStatus.IDENTIFIED), 5),
    ("compute_fee", step(CaseStatus.DOCUMENTED), 2),
    ("open_order", step(CaseStatus.QUOTED), 1),
    ("start_payment", Tale.start_payment, 1),
    ("hear", Tale.pay, 1),
    ("payer_returned", Tale.come_back, 1),
    ("settle", step(CaseStatus.AWAITING_PAYMENT), 9),
    ("extend_residency", step(CaseStatus.PAID), 2),
    ("render_receipt", step(CaseStatus.EXTENDED), 2),
]
"""Each act with the number of its commits."""


def assert_renewed_once(tale: Tale) -> None:
    world, case_id = tale.world, tale.case_id
    assert world.status(case_id) is CaseStatus.COMPLETED
    assert world.history(world.case(case_id)) == HISTORY
    assert world.history(world.order(case_id)) == ["start", "pay"]
    assert world.history(tale.attempt) == ["redirect", "hear", "capture"]
    assert list(world.gateway.charges) == [tale.attempt.trackid]
    [quote], [entry], [receipt] = world.rows(FeeQuote), world.rows(LedgerEntry), world.rows(Receipt)
    assert quote.total_fils == entry.amount_fils == receipt.amount_fils == world.gateway.charges.popitem()[1].fils
    assert receipt.number == "RC-2026-000001"
    assert world.store.keys("receipts") == [receipt.object_key]
    assert len(world.rows(GatewayEvidence, kind=EvidenceKind.CALLBACK)) == 1
    assert len(world.rows(OutboxMessage, kind=OutboxKind.START_RUN)) == 1
    assert list(world.registries.extended) == [case_id]
    assert not world.rows(Obstacle)
