"""A case that waits for its payment, written straight into the database, and the steps that follow the payment."""

from itertools import count
from uuid import UUID

from infra.clock import kuwait_date
from infra.database import all_of, fetch, unit_of_work
from infra.payments.orders import open_order
from infra.wiring import Ports, installed
from models.account import Account, Role
from models.case import Case, CaseStatus, Channel
from models.civil_number import check_digit
from models.quote import FeeLine, FeeQuote
from models.service import Language, Service
from tasks.extension import _extend_residency
from tasks.receipt import _render_receipt

_NUMBERS = count(1)
_CIVIL = "29001011234"
_CIVIL += str(check_digit(_CIVIL))
_STEPS = {CaseStatus.PAID: _extend_residency, CaseStatus.EXTENDED: _render_receipt}


def open_case(ports: Ports, fils: int) -> UUID:
    """The id of a case whose order over `fils` is open."""
    now, number = ports.now(), next(_NUMBERS)
    with unit_of_work(ports.engine) as session:
        account = next(iter(all_of(session, Account)), None) or Account(
            created_at=now, role=Role.APPLICANT, civil_number=_CIVIL, mobile="", language=Language.ENGLISH
        )
        session.add(account)
        session.flush()
        case = Case(
            created_at=now,
            reference=f"RP-{number // 10**4:04d}-{number % 10**4:04d}",
            service=Service.INDIVIDUAL,
            status=CaseStatus.AWAITING_PAYMENT,
            channel=Channel.PORTAL,
            language=Language.ENGLISH,
            account_id=account.id,
        )
        session.add(case)
        session.flush()
        quote = FeeQuote(
            created_at=now, case_id=case.id, version=1, total_fils=fils, priced_on=kuwait_date(now), rule_book="test",
            digest="0",
        )  # fmt: skip
        session.add(quote)
        session.flush()
        texts = ("payee_en", "payee_ar", "label_en", "label_ar", "explain_en", "explain_ar", "instrument_en")
        words = dict.fromkeys((*texts, "instrument_ar", "source", "rule"), "fee")
        session.add(FeeLine(created_at=now, quote_id=quote.id, position=1, amount_fils=fils, **words))
        session.flush()
        assert open_order(session, case, now=now, terms=ports.terms) is not None
        return case.id


def go_on(ports: Ports, case_id: UUID) -> CaseStatus:
    """What the case's run does next, if anything: extend, then the receipt."""
    with unit_of_work(ports.engine) as session:
        status = fetch(session, Case, case_id).status
    if status in _STEPS:
        with installed(ports):
            return _STEPS[status](case_id)
    return status
