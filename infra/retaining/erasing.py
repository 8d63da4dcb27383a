"""The erasing itself: files first, then every row in one commit; it may die anywhere and is done again from the start.

Files first, because the rows say which files there are: died after the files, the rows still name them and the next try
finds them gone; died the other way round, files would be left that nothing leads to.
"""

from uuid import UUID

import structlog
from sqlmodel import Session

from infra.database import all_of, fetch, locked, unit_of_work
from infra.retaining.forbidding import forbidden
from infra.retaining.forgetting import forget
from infra.wiring import Ports
from models.case import Case
from models.document import Document
from models.erasure import Erasure
from models.errors import RuleError
from models.payments.order import OrderLine, PaymentOrder
from models.receipt import Receipt

_log = structlog.get_logger()


def erase(ports: Ports, erasure_id: UUID) -> int:
    """Carry an erasure that has begun to its end; how many files went.

    Safe to repeat. RuleError when something forbids it by now (a late payment, a legal hold): it goes on later.
    """
    with unit_of_work(ports.engine) as session:
        erasure = fetch(session, Erasure, erasure_id)
        if erasure.finished_at is not None:
            return erasure.objects or 0
        case = locked(session, Case, erasure.case_id)
        _check(session, case, erasure)
        keys = _recorded(session, case)
        receipts = [each.id for each in all_of(session, Receipt, case_id=case.id)]
    for receipt_id in receipts:  # as their step names them, whether it came to record them or not
        keys |= set(ports.store.keys_beginning(f"receipts/{receipt_id}-"))
    for key in sorted(keys):
        ports.store.erase(key)
    with unit_of_work(ports.engine) as session:
        _hold_orders(session, erasure.case_id)
        case = locked(session, Case, erasure.case_id)
        erasure = locked(session, Erasure, erasure_id)
        if erasure.finished_at is None:
            forget(session, case)
            case.erased_at = erasure.finished_at = ports.now()
            erasure.objects = len(keys)
    _log.info("case_erased", reference=case.reference, cause=erasure.cause.value, objects=len(keys))
    return len(keys)


def _hold_orders(session: Session, case_id: UUID) -> None:
    """Orders before cases, as everywhere: of an order's last two cases, the later one sees that the other is erased."""
    for order_id in sorted({line.order_id for line in all_of(session, OrderLine, case_id=case_id)}):
        locked(session, PaymentOrder, order_id)


def _check(session: Session, case: Case, erasure: Erasure) -> None:
    if erasure.begun_at is None:
        raise RuleError(f"{case.reference}: the erasure is not approved yet")
    if reasons := forbidden(session, case):
        raise RuleError(f"{case.reference} is not erased: {'; '.join(reasons)}")


def _recorded(session: Session, case: Case) -> set[str]:
    """The keys that the rows name. A receipt may have been stored without: it died, or its money went meanwhile."""
    documents = all_of(session, Document, case_id=case.id)
    keys = {key for each in documents for key in (each.quarantine_key, each.object_key) if key}
    return keys | {each.object_key for each in all_of(session, Receipt, case_id=case.id) if each.object_key}
