"""What goes out of the rows of a case that is erased.

Goes: persons' names and numbers, the account's address, fee facts, the permit's day, reasons and remedies, bodies of
the gateway's answers, words of staff (`words.py`: they may name anybody). Stays: reference, status, history with who
and when, amounts, ledger, the numbers of a payment, the receipt's number.
"""

from collections.abc import Iterator
from typing import Final
from uuid import UUID

from sqlmodel import Session, col, select

from infra.database import all_of, locked
from infra.retaining.words import forget_words_on_case, forget_words_on_order, forget_words_on_refund
from models.account import Account
from models.case import Case
from models.erasure import ERASED
from models.obstacle import Obstacle
from models.payments.attempt import PaymentAttempt
from models.payments.evidence import GatewayEvidence
from models.payments.order import OrderLine
from models.payments.refund import Refund
from models.person import CasePerson

NUMBERS: Final = frozenset(
    {"paymentid", "tranid", "ref", "trackid", "id", "auth", "result", "amt", "amount", "currency", "postdate", "status"}
)
"""What stays of a gateway's answer: which payment it was, and what was said of it (the trigger has the same list)."""


def forget(session: Session, case: Case) -> None:
    """Take it out of every row, before the erasure is finished: the record's triggers let nothing go after.

    What belongs to a payment for many cases goes with the last of them: the others may still ask what was said of it.
    """
    for person in all_of(session, CasePerson, case_id=case.id):
        person.erase()
    case.fee_facts = case.permit_expires = None
    for obstacle in all_of(session, Obstacle, case_id=case.id):
        obstacle.reason_en = obstacle.reason_ar = ERASED
        obstacle.remedy_en = obstacle.remedy_ar = None
    forget_words_on_case(session, case)
    session.flush()
    for line in all_of(session, OrderLine, case_id=case.id):
        for refund in all_of(session, Refund, order_id=line.order_id, case_id=case.id):
            forget_words_on_refund(session, refund)
        if _is_last(session, line.order_id, case):
            _forget_order(session, line.order_id)
    _forget_account(session, case)
    session.flush()


def _forget_order(session: Session, order_id: UUID) -> None:
    forget_words_on_order(session, order_id)
    for attempt in all_of(session, PaymentAttempt, order_id=order_id):
        for evidence in _telling(session, attempt):
            evidence.raw = b""
            evidence.fields = {name: said for name, said in evidence.fields.items() if name in NUMBERS}


def _telling(session: Session, attempt: PaymentAttempt) -> Iterator[GatewayEvidence]:
    """Answers that hold more than numbers."""
    for evidence in all_of(session, GatewayEvidence, attempt_id=attempt.id):
        if evidence.raw or not evidence.fields.keys() <= NUMBERS:
            yield evidence


def _is_last(session: Session, order_id: UUID, case: Case) -> bool:
    others = (
        select(Case.id)
        .join(OrderLine, col(OrderLine.case_id) == col(Case.id))
        .where(col(OrderLine.order_id) == order_id, col(Case.id) != case.id, col(Case.erased_at).is_(None))
    )
    return session.exec(others.limit(1)).first() is None


def _forget_account(session: Session, case: Case) -> None:
    """Whose last case is erased is nobody to us any more; applying again makes a new account."""
    account = locked(session, Account, case.account_id)
    others = select(Case.id).where(
        col(Case.account_id) == account.id, col(Case.id) != case.id, col(Case.erased_at).is_(None)
    )
    if session.exec(others.limit(1)).first() is None:
        account.erase()
