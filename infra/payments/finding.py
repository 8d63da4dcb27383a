"""Finding a payment by whatever number people have of it: ours, the gateway's, or the case's."""

from typing import Final
from uuid import UUID

from sqlalchemy import Text, cast
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Session, col, func, or_, select

from infra.database import all_of, fetch
from infra.payments.short_ids import ambiguous, ids_beginning
from infra.remedies import MANAGE
from models.batch import Batch
from models.case import Case
from models.errors import InputError, MissingError
from models.payments.attempt import PaymentAttempt
from models.payments.evidence import GatewayEvidence
from models.payments.order import OrderLine, PaymentOrder
from models.payments.refund import Refund
from models.receipt import Receipt

_TAKEN: Final = (
    "give a case (RN-…), a batch (BT-…), a track id, the bank's payment ID, transaction or reference number, a"
    " receipt's number, or the id of an order or a refund (its first 8 characters do)"
)


def attempts_called(session: Session, name: str) -> list[PaymentAttempt]:
    """By our columns, else by the case or the batch, else by what gateways' messages say; oldest first."""
    return _by_column(session, name) or _by_order(session, name) or _by_evidence(session, name)


def orders_called(session: Session, name: str) -> list[PaymentOrder]:
    """The orders that a case, batch, attempt, receipt, order or refund leads to, oldest first; else MissingError.

    Of the id of an order or a refund the beginning does; InputError when more than one begins so.
    """
    found = orders_known_as(session, name)
    if not found:
        found = [fetch(session, PaymentOrder, key) for key in _orders_beginning(session, name)]
    if not found and cases_called(session, name):
        raise MissingError("payment of", name, remedy=f"it has nothing to pay yet: see `{MANAGE} status {name}`")
    if not found:
        raise MissingError("payment", name, remedy=_TAKEN)
    return found


def orders_known_as(session: Session, name: str) -> list[PaymentOrder]:
    """The orders that this whole name leads to, oldest first."""
    keys = {each.order_id for each in attempts_called(session, name)} | _order_keys(session, name)
    found = [each for key in keys for each in all_of(session, PaymentOrder, id=key)]
    return sorted(found, key=lambda order: order.created_at)


def _orders_beginning(session: Session, name: str) -> list[UUID]:
    orders, refunds = ids_beginning(session, PaymentOrder, name), ids_beginning(session, Refund, name)
    if len(orders) + len(refunds) > 1:
        raise InputError("name", ambiguous([*orders, *refunds]))
    return [*orders, *[fetch(session, Refund, key).order_id for key in refunds]]


def cases_called(session: Session, name: str) -> list[Case]:
    """The case of this reference, or the rows of the batch of this reference in their order."""
    rows = [row for batch in all_of(session, Batch, reference=name) for row in all_of(session, Case, batch_id=batch.id)]
    return [*all_of(session, Case, reference=name), *sorted(rows, key=lambda row: row.batch_row or 0)]


def _by_column(session: Session, name: str) -> list[PaymentAttempt]:
    """Some gateways' numbers have small letters in them; nobody reads them out so."""
    theirs = (PaymentAttempt.paymentid, PaymentAttempt.tranid, PaymentAttempt.ref)
    named = [col(PaymentAttempt.trackid) == name, *[func.upper(col(each)) == name for each in theirs]]
    query = select(PaymentAttempt).where(or_(*named))
    return list(session.exec(query.order_by(col(PaymentAttempt.created_at))))


def _by_order(session: Session, name: str) -> list[PaymentAttempt]:
    keys = _order_keys(session, name)
    query = select(PaymentAttempt).where(col(PaymentAttempt.order_id).in_(keys))
    return list(session.exec(query.order_by(col(PaymentAttempt.created_at)))) if keys else []


def _order_keys(session: Session, name: str) -> set[UUID]:
    cases = [each.id for each in cases_called(session, name)]
    lines = session.exec(select(OrderLine.order_id).where(col(OrderLine.case_id).in_(cases)))
    keys = {*lines, *[each.order_id for each in all_of(session, Receipt, number=name)]}
    try:
        return keys | {UUID(name)}
    except ValueError:
        return keys


def _by_evidence(session: Session, name: str) -> list[PaymentAttempt]:
    """What an earlier message called it: an answer that came late, or under another number."""
    named = func.evidence_names(col(GatewayEvidence.fields), type_=ARRAY(Text)).contains(cast([name], ARRAY(Text)))
    keys = session.exec(select(GatewayEvidence.attempt_id).where(named, col(GatewayEvidence.attempt_id).is_not(None)))
    query = select(PaymentAttempt).where(col(PaymentAttempt.id).in_(set(keys)))
    return list(session.exec(query.order_by(col(PaymentAttempt.created_at))))
