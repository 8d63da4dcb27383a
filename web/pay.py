"""The pay page: what is to be paid, the way to KNET, and the page that the payer comes back to."""

from typing import Annotated
from uuid import UUID, uuid4

from fastapi import APIRouter, Form
from fastapi.responses import RedirectResponse, Response

from infra.database import fetch, unit_of_work
from infra.errors import DatabaseError, PermanentError, TransientError, UnknownOutcomeError
from infra.payments.declines import lacks_funds
from infra.payments.fates import fate_of
from infra.payments.hearing import ask_about_order, payer_returned
from infra.payments.pauses import PaymentsPausedError
from infra.payments.starting import NotPayableError, PaymentInProgressError, start_payment
from models.errors import MissingError
from models.payments.attempt import AT_THE_PAGE, AttemptState, PaymentAttempt
from models.payments.claim import ClaimOutcome, claim_words
from models.payments.order import PaymentOrder
from models.payments.paying import is_next_question
from web.deps import PortsDep
from web.order_view import order_view
from web.pages import page

router = APIRouter(prefix="/pay")


@router.get("/{order_id}")
def show(order_id: UUID, ports: PortsDep) -> Response:
    """An attempt that is not settled is asked about at once: its payer may be back without our having heard."""
    try:
        ask_about_order(ports, order_id, now=ports.now())
        order = order_view(ports, order_id)
    except MissingError:
        return page("pay/unknown.html", status=404)
    return page("pay/order.html", order=order, is_unreachable=False, key=uuid4())


@router.post("/{order_id}")
def start(order_id: UUID, ports: PortsDep, key: Annotated[UUID | None, Form()] = None) -> Response:
    """Send the payer to the gateway; pressed twice, it leads to the same attempt, sent again later to none."""
    try:
        return RedirectResponse(start_payment(ports, order_id, now=ports.now(), key=key), status_code=303)
    except MissingError:
        return page("pay/unknown.html", status=404)
    except (PaymentInProgressError, PaymentsPausedError, NotPayableError):
        unreachable = False
    except DatabaseError:
        raise  # answered as such; the rest is the gateway's trouble
    except (TransientError, UnknownOutcomeError, PermanentError):
        unreachable = True
    again = key if unreachable and key else uuid4()
    return page("pay/order.html", status=409, order=order_view(ports, order_id), is_unreachable=unreachable, key=again)


@router.get("/return/{return_token}")
def come_back(return_token: UUID, ports: PortsDep) -> Response:
    """Where the payer lands after KNET; the page renews itself until an inquiry has decided."""
    try:
        attempt = payer_returned(ports, return_token, now=ports.now())
    except MissingError:
        return page("pay/unknown.html", status=404)
    with unit_of_work(ports.engine) as session:
        fate = fate_of(session, fetch(session, PaymentOrder, attempt.order_id), attempt)
        no_funds = fate is ClaimOutcome.NOT_TAKEN and lacks_funds(session, attempt)
    order = order_view(ports, attempt.order_id)
    return page(
        "pay/return.html",
        order=order,
        outcome="no_funds" if no_funds else _outcome(attempt, fate),
        said=claim_words()[fate],
        other_sum=attempt.state is AttemptState.MISMATCH,
        then=order.said if is_next_question(fate, order.paying) else None,
    )


def _outcome(attempt: PaymentAttempt, fate: ClaimOutcome) -> str:
    return "unfinished" if attempt.state in AT_THE_PAGE else fate.value
