"""A payer says that the money was paid: asked about at once, healed when it is so, and else explained."""

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import structlog
from sqlmodel import Session

from infra.database import all_of, fetch, unit_of_work
from infra.gateway import Evidence
from infra.payments.booking import paid_fils, refunded_fils
from infra.payments.evidence_box import keep_evidence
from infra.payments.fates import fate_of, paid_or_partly
from infra.payments.finding import attempts_called, cases_called, orders_known_as
from infra.payments.pauses import known_gateway
from infra.payments.payable import paying_now
from infra.payments.settling import settle
from infra.payments.unowned import unowned_called
from infra.payments.wording import numbers_said
from infra.wiring import Ports
from models.case import Case
from models.money import Money
from models.payments.attempt import PaymentAttempt
from models.payments.claim import ClaimOutcome, ClaimWords, claim_words
from models.payments.evidence import EvidenceKind, EvidenceOutcome
from models.payments.order import OrderLine, OrderStatus, PaymentOrder
from models.payments.paying import Paying, is_next_question, paying_words
from models.receipt import Receipt

_LATELY: Final = timedelta(seconds=10)
_MAYBE_CIVIL: Final = re.compile(r"(?<!\d)\d{12}(?!\d)")
_C = ClaimOutcome
_ORDER_SAYS: Final = {
    OrderStatus.OPEN: _C.NOT_PAID_YET,
    OrderStatus.EXPIRED: _C.CLOSED_UNPAID,
    OrderStatus.CANCELLED: _C.CLOSED_UNPAID,
}
_FIRST: Final = tuple(ClaimOutcome)
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """`receipts` are the numbers and the addresses of receipts that stand; empty while the receipt is still to come.

    `candidates` are the payments that may be meant when there are several, each by its track id and its cases.

    `paying` is whether the order can be paid now, where that is the payer's next question, and `pay_url` where; empty
    when nothing may be paid. Of what pays an order: how much was taken for it, and how much of that went back.
    """

    outcome: ClaimOutcome
    references: tuple[str, ...] = ()
    candidates: tuple[str, ...] = ()
    receipts: tuple[tuple[str, str], ...] = ()
    trackid: str = ""
    paying: Paying | None = None
    pay_url: str = ""
    taken_fils: int = 0
    returned_fils: int = 0

    @property
    def words(self) -> ClaimWords:
        said = claim_words()[self.outcome].over(Money(self.taken_fils), Money(self.returned_fils))
        return said if self.paying is None else said.followed_by(paying_words()[self.paying])


def claim(ports: Ports, text: str, *, actor: str) -> Answer:
    """Look into a payment by the number that the payer has of it, alone or in a sentence.

    The gateway is asked at once (at most every ten seconds), and a capture that it shows is recorded. A number that
    nobody knows is kept as evidence and changes nothing. InputError when the text has no number of a payment. Safe to
    repeat; neither the text nor a part of it is logged.
    """
    names = numbers_said(text, field="claim")
    with unit_of_work(ports.engine) as session:
        found = {each.id: each for name in names for each in attempts_called(session, name)}
        untried = None if found else _suspended(session, names) or _untried(ports, session, names)
    if not found:
        return untried or _unknown(ports, names)
    if len({each.order_id for each in found.values()}) > 1:
        with unit_of_work(ports.engine) as session:
            return Answer(outcome=_C.SEVERAL, candidates=tuple(_called(session, each) for each in found.values()))
    for each in found.values():
        _ask(ports, each, actor=actor)
    with unit_of_work(ports.engine) as session:
        answer = _answer(ports, session, [fetch(session, PaymentAttempt, key) for key in found])
    _log.info("claim_answered", outcome=answer.outcome.value, trackid=answer.trackid, actor=actor)
    return answer


def _ask(ports: Ports, attempt: PaymentAttempt, *, actor: str) -> None:
    if attempt.asked_at is None or attempt.asked_at <= ports.now() - _LATELY:
        known_gateway(ports, attempt.gateway)
        settle(ports, attempt.id, actor=actor)


def _suspended(session: Session, names: list[str]) -> Answer | None:
    """The bank's file shows money under such a number, and it is of no payment of ours."""
    known = {each.line.id: each for name in names for each in unowned_called(session, name)}
    if left := sum(each.left_fils for each in known.values()):
        return Answer(outcome=_C.IN_SUSPENSE, taken_fils=left)
    return Answer(outcome=_C.REVERSED) if any(each.is_reversal for each in known.values()) else None


def _untried(ports: Ports, session: Session, names: list[str]) -> Answer | None:
    """Of a case, a batch or an order that is known, and that nobody has tried to pay."""
    for name in names:
        cases = cases_called(session, name)
        for order in reversed(orders_known_as(session, name)):
            outcome = _ORDER_SAYS.get(order.status, _C.WITH_STAFF)
            references, paying = _references(session, order), _paying(ports, session, order, outcome)
            return Answer(outcome=outcome, references=references, paying=paying, pay_url=_pay_url(ports, order, paying))
        if cases:
            return Answer(outcome=_C.NOTHING_DUE, references=tuple(each.reference for each in cases))
    return None


def _unknown(ports: Ports, names: list[str]) -> Answer:
    """Twelve digits may be somebody's civil number: of such a word only the end is kept."""
    kept = " ".join(f"{'•' * 8}{name[-4:]}" if _MAYBE_CIVIL.search(name) else name for name in names)
    now, gateway = ports.now(), ports.gateway.name
    claimed = Evidence(EvidenceOutcome.NOT_FOUND, "", fields={"claimed": kept})
    with unit_of_work(ports.engine) as session:
        keep_evidence(
            session,
            claimed,
            kind=EvidenceKind.OPERATOR,
            raw=kept.encode(),
            now=now,
            gateway=gateway,
            attempt=None,
        )
    return Answer(outcome=_C.UNKNOWN_HERE)


def _answer(ports: Ports, session: Session, attempts: list[PaymentAttempt]) -> Answer:
    """Of several attempts of one order, that which says most; of those that say the same, the newest."""
    order = fetch(session, PaymentOrder, attempts[0].order_id)
    newest_first = sorted(attempts, key=lambda each: each.created_at, reverse=True)
    said = [(fate_of(session, order, each), each) for each in newest_first]
    outcome, attempt = min(said, key=lambda pair: _FIRST.index(pair[0]))
    if outcome is _C.NOT_TAKEN and order.status in {OrderStatus.PAID, OrderStatus.REFUND_PENDING}:
        outcome = paid_or_partly(session, order)  # by another attempt: who asks must not be told to pay again
    paying = _paying(ports, session, order, outcome)
    stands = outcome in {_C.PAID, _C.PARTLY_RETURNED}
    issued = all_of(session, Receipt, order_id=order.id, revoked_at=None) if stands else []
    receipts = [each for each in issued if each.sha256]
    return Answer(
        outcome=outcome,
        references=_references(session, order),
        receipts=tuple((each.number, f"{ports.settings.public_url}/receipts/{each.id}.pdf") for each in receipts),
        taken_fils=paid_fils(session, order.id),
        returned_fils=refunded_fils(session, order.id),
        trackid=attempt.trackid,
        paying=paying,
        pay_url=_pay_url(ports, order, paying),
    )


def _called(session: Session, attempt: PaymentAttempt) -> str:
    """A company's payment by its first cases: they lead to the same."""
    first, *more = _references(session, fetch(session, PaymentOrder, attempt.order_id))
    return f"{attempt.trackid}  {first}{f' and {len(more)} more' if more else ''}"


def _references(session: Session, order: PaymentOrder) -> tuple[str, ...]:
    lines = all_of(session, OrderLine, order_id=order.id)
    return tuple(sorted(fetch(session, Case, each.case_id).reference for each in lines))


def _paying(ports: Ports, session: Session, order: PaymentOrder, outcome: ClaimOutcome) -> Paying | None:
    paying = paying_now(session, order, gateway=ports.gateway.name, now=ports.now())
    return paying if is_next_question(outcome, paying) else None


def _pay_url(ports: Ports, order: PaymentOrder, paying: Paying | None) -> str:
    return f"{ports.settings.public_url}/pay/{order.id}" if paying is Paying.OPEN else ""
