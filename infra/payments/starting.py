"""Sending the payer to the gateway: one live attempt an order, however often the button is pressed."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from infra.database import all_of, fetch, locked, unit_of_work
from infra.gateway import PaymentRequest, Redirect
from infra.gateway.trackid import new_trackid
from infra.payments.pauses import refuse_while_paused
from infra.wiring import Ports
from models.case import Case, CaseStatus
from models.errors import RuleError
from models.history import Act
from models.money import Money
from models.payments.attempt import AT_THE_PAGE, LIVE, AttemptEvent, AttemptState, PaymentAttempt
from models.payments.checks import CHECKS
from models.payments.order import OrderEvent, OrderLine, OrderStatus, PaymentOrder

PAYER_ACTOR = "payer"


class PaymentInProgressError(RuleError):
    """An attempt of this order is not settled; a second one could take the money twice."""


class NotPayableError(RuleError):
    """The order is paid, expired, cancelled or under review, or staff hold its cases."""


def start_payment(ports: Ports, order_id: UUID, *, now: datetime, key: UUID | None = None) -> str:
    """The gateway address to send the payer to.

    One live attempt per order: a second click, or coming back while the page is open, leads to the same attempt. `key`
    is of the page whose button was pressed: sent again later, it starts no second attempt. The attempt is committed
    before a gateway is told of it, and telling it twice is one payment.
    Raises PaymentInProgressError while an attempt is being verified, NotPayableError when nothing is to be paid,
    PaymentsPausedError while the gateway takes no payments, TransientError or UnknownOutcomeError when the gateway did
    not answer: the same button may then be pressed again.
    """
    with unit_of_work(ports.engine) as session:
        order = locked(session, PaymentOrder, order_id)
        attempt = live_attempt(session, order)
        if attempt is None:
            attempt = _open_attempt(session, order, ports=ports, now=now, key=key)
        elif attempt.state not in AT_THE_PAGE or attempt.page_expires_at <= now:
            raise PaymentInProgressError("the last attempt to pay is still being verified")
        request = payment_request(session, attempt, ports=ports)
        gateway = ports.gateway_named(attempt.gateway)
        if gateway.capabilities.submit_again_within is None:
            redirect = gateway.prepare(request)  # nothing is sent: the payer's browser carries it
            _redirected(session, attempt, redirect, now=now)
            return redirect.url
    redirect = gateway.prepare(request)
    with unit_of_work(ports.engine) as session:
        locked(session, PaymentOrder, order_id)
        _redirected(session, locked(session, PaymentAttempt, attempt.id), redirect, now=now)
    return redirect.url


def _redirected(session: Session, attempt: PaymentAttempt, redirect: Redirect, *, now: datetime) -> None:
    attempt.paymentid = redirect.paymentid or attempt.paymentid
    if attempt.state is AttemptState.CREATED:
        session.add(attempt.apply(AttemptEvent.REDIRECT, Act(actor=PAYER_ACTOR, at=now)))


def _open_attempt(
    session: Session, order: PaymentOrder, *, ports: Ports, now: datetime, key: UUID | None
) -> PaymentAttempt:
    if order.status is not OrderStatus.OPEN or order.expires_at <= now:
        raise NotPayableError(f"the order is {order.status}")
    if is_held(session, order):
        raise NotPayableError("staff hold the case")
    if key is not None and all_of(session, PaymentAttempt, order_id=order.id, start_key=key):
        raise PaymentInProgressError("this page has been used; open it again to pay")
    refuse_while_paused(session, ports.gateway.name)
    attempt = PaymentAttempt(
        created_at=now,
        order_id=order.id,
        gateway=ports.gateway.name,
        trackid=new_trackid(),
        amount_fils=order.amount_fils,
        start_key=key,
        page_expires_at=now + ports.terms.page_ttl,
    )
    attempt.next_check_at = now + CHECKS[0]
    session.add_all([order.apply(OrderEvent.START, Act(actor=PAYER_ACTOR, at=now)), attempt])
    session.flush()
    return attempt


def live_attempt(session: Session, order: PaymentOrder) -> PaymentAttempt | None:
    query = select(PaymentAttempt).where(col(PaymentAttempt.order_id) == order.id, col(PaymentAttempt.state).in_(LIVE))
    return session.exec(query).first()


def is_held(session: Session, order: PaymentOrder) -> bool:
    """Whether staff hold every case that waits for the money; the rest of a batch may be paid while one row is held."""
    cases = [fetch(session, Case, each.case_id) for each in all_of(session, OrderLine, order_id=order.id)]
    waiting = [each for each in cases if each.status is CaseStatus.AWAITING_PAYMENT]
    return bool(waiting) and all(each.is_held for each in waiting)


def another_is_live(session: Session, attempt: PaymentAttempt) -> bool:
    """Whether an order that has one open attempt has it in another one than this."""
    query = select(PaymentAttempt.id).where(
        col(PaymentAttempt.order_id) == attempt.order_id,
        col(PaymentAttempt.id) != attempt.id,
        col(PaymentAttempt.state).in_(LIVE),
    )
    return session.exec(query).first() is not None


def payment_request(session: Session, attempt: PaymentAttempt, *, ports: Ports) -> PaymentRequest:
    """What the gateway is told of the attempt, when it is prepared and whenever it is asked about."""
    case = fetch(session, Case, all_of(session, OrderLine, order_id=attempt.order_id)[0].case_id)
    base = ports.settings.public_url
    return PaymentRequest(
        trackid=attempt.trackid,
        amount=Money(attempt.amount_fils),
        language=case.language,
        response_url=f"{base}/{attempt.gateway}/response",
        error_url=f"{base}/{attempt.gateway}/error",
        return_url=f"{base}/pay/return/{attempt.return_token}",
        case_reference=case.reference,
        paymentid=attempt.paymentid or "",
    )
