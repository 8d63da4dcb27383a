"""What a payment integration looks like that trusts every message: the negative control of the sweep."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

from fastapi import BackgroundTasks, FastAPI, Request
from fastapi.responses import PlainTextResponse, Response
from sqlmodel import Session, col, select
from starlette.types import ASGIApp

from infra.database import fetch, locked, unit_of_work
from infra.gateway import Evidence, RefundRequest
from infra.gateway.trackid import new_trackid
from infra.payments.booking import book_capture, book_refund, paid_fils
from infra.payments.evidence_box import keep_evidence
from infra.payments.following import follow
from infra.payments.starting import live_attempt, payment_request
from infra.wiring import Ports
from models.errors import RuleError
from models.history import Act
from models.money import Money
from models.payments.attempt import AttemptEvent, PaymentAttempt
from models.payments.evidence import EvidenceKind, EvidenceOutcome
from models.payments.order import PaymentOrder
from models.payments.refund import Refund, RefundEvent, RefundState
from tests.crash_sweep.ground import Ground
from tests.crash_sweep.product import Product


class NaiveProduct(Product):
    """Acknowledges before it records, takes the callback for proof, lets the payer pay again as long as it knows of no
    capture, never asks the bank, and sends a refund until it has read that it was done.
    """

    name = "naive"

    def web(self, ports: Ports) -> ASGIApp:
        app = FastAPI(openapi_url=None)
        app.add_api_route(f"/{ports.gateway.name}/response", _respond(ports), methods=["POST"], response_model=None)
        app.add_api_route("/pay/return/{token}", _greet, methods=["GET"])
        return app

    def start(self, ports: Ports, order_id: UUID) -> str:
        now = ports.now()
        with unit_of_work(ports.engine) as session:
            order = locked(session, PaymentOrder, order_id)
            if paid_fils(session, order.id):
                raise RuleError("the order is paid")
            earlier = live_attempt(session, order)
            if earlier is not None:  # nothing was heard of it: it must have failed
                session.add(earlier.apply(AttemptEvent.ABANDON, Act(actor="payer", at=now)))
                session.flush()
            attempt = PaymentAttempt(
                created_at=now,
                order_id=order.id,
                gateway=ports.gateway.name,
                trackid=new_trackid(),
                amount_fils=order.amount_fils,
                page_expires_at=now + ports.terms.page_ttl,
            )
            session.add(attempt)
            session.flush()
            follow(session, order, act=Act(actor="payer", at=now))
            redirect = ports.gateway.prepare(payment_request(session, attempt, ports=ports))
            attempt.paymentid = redirect.paymentid or None
            return redirect.url

    def round(self, ports: Ports) -> bool:
        with unit_of_work(ports.engine) as session:
            due = select(Refund.id).where(col(Refund.state) == RefundState.APPROVED, col(Refund.due_at) <= ports.now())
            found = list(session.exec(due))
        for each in found:
            _refund(ports, each)
        return bool(found)

    def reconcile(self, ground: Ground) -> None:
        """Nobody looks into the bank's files."""


def _greet(token: str) -> Response:
    return PlainTextResponse(token)


def _respond(ports: Ports) -> Callable[..., Any]:
    async def respond(request: Request, later: BackgroundTasks) -> Response:
        body = await request.body()
        evidence = ports.gateway.parse_inbound(body, request.headers)
        later.add_task(_record, ports, evidence, body)
        right = ports.gateway.acknowledge(f"{ports.settings.public_url}/pay/return/{evidence.trackid}")
        return Response(right.body, status_code=right.status, headers=dict(right.headers))

    return respond


async def _record(ports: Ports, evidence: Evidence, body: bytes) -> None:
    """Nobody else is served meanwhile: who asks this process afterwards finds it recorded."""
    now = ports.now()
    with unit_of_work(ports.engine) as session:
        attempt = session.exec(select(PaymentAttempt).where(col(PaymentAttempt.trackid) == evidence.trackid)).one()
        order = locked(session, PaymentOrder, attempt.order_id)
        act = _act(session, ports, evidence, attempt, kind=EvidenceKind.CALLBACK, raw=body)
        captured = evidence.outcome is EvidenceOutcome.CAPTURED
        session.add(attempt.apply(AttemptEvent.CAPTURE if captured else AttemptEvent.ABANDON, act))
        if captured:
            attempt.tranid, attempt.captured_at, attempt.captured_fils = evidence.tranid, now, attempt.amount_fils
            session.flush()
            book_capture(session, order, attempt, act=act, terms=ports.terms)
        follow(session, order, act=act)


def _refund(ports: Ports, refund_id: UUID) -> None:
    with unit_of_work(ports.engine) as session:
        refund = fetch(session, Refund, refund_id)
        attempt = fetch(session, PaymentAttempt, refund.attempt_id)
    request = RefundRequest(
        refund_id=uuid4(),  # it has not read what an idempotency key is for
        trackid=attempt.trackid,
        paymentid=attempt.paymentid or "",
        amount=Money(refund.amount_fils),
    )
    evidence = ports.gateway.refund(request)
    with unit_of_work(ports.engine) as session:
        refund = locked(session, Refund, refund_id)
        act = _act(session, ports, evidence, attempt, kind=EvidenceKind.REFUND_REPLY, raw=evidence.raw)
        session.add(refund.apply(RefundEvent.SUBMIT, act))
        if evidence.outcome is EvidenceOutcome.REFUNDED:
            session.add(refund.apply(RefundEvent.SUCCEED, act))
            book_refund(session, refund, booked_on=act.at.date(), act=act)
        else:
            session.add(refund.apply(RefundEvent.REJECT, act))


def _act(
    session: Session,
    ports: Ports,
    evidence: Evidence,
    attempt: PaymentAttempt,
    *,
    kind: EvidenceKind,
    raw: bytes,
) -> Act:
    now = ports.now()
    row = keep_evidence(session, evidence, kind=kind, raw=raw, now=now, gateway=attempt.gateway, attempt=attempt)
    return Act(actor="naive", at=now, evidence_id=row.id if row else None)
