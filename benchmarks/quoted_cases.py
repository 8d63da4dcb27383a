"""Cases that stand just before their payment, written as rows: how they came there is measured elsewhere."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlmodel import Session

from infra.clock import kuwait_date
from infra.database import all_of
from models.account import Account, Role
from models.case import Case, CaseStatus, Channel
from models.civil_number import check_digit
from models.quote import FeeLine, FeeQuote
from models.service import Language, Service

_DIGITS: Final = "29001011234"
_NOBODY: Final = f"{_DIGITS}{check_digit(_DIGITS)}"
_FEE: Final[dict[str, Any]] = {
    "rule": "specimen.fee",
    "payee_en": "Specimen",
    "payee_ar": "عينة",
    "label_en": "Fee",
    "label_ar": "رسم",
    "explain_en": "One fee",
    "explain_ar": "رسم واحد",
    "instrument_en": "Specimen",
    "instrument_ar": "عينة",
    "source": "specimen",
}


def write_quoted_case(session: Session, name: str, *, total_fils: int, now: datetime) -> UUID:
    """A case called RN-`name` with a quote of one line; its next step opens the order."""
    case = Case(
        created_at=now,
        reference=f"RN-{name}",
        service=Service.INDIVIDUAL,
        status=CaseStatus.QUOTED,
        channel=Channel.FOLDER,
        language=Language.ENGLISH,
        account_id=_account(session, now=now).id,
    )
    session.add(case)
    session.flush()
    quote = FeeQuote(
        created_at=now,
        case_id=case.id,
        version=1,
        total_fils=total_fils,
        priced_on=kuwait_date(now),
        rule_book="specimen",
        digest="0" * 64,
    )
    session.add(quote)
    session.flush()
    session.add(FeeLine(created_at=now, quote_id=quote.id, position=1, amount_fils=total_fils, **_FEE))
    return case.id


def _account(session: Session, *, now: datetime) -> Account:
    """One for all: nobody logs in here."""
    known = all_of(session, Account, civil_number=_NOBODY)
    if known:
        return known[0]
    account = Account(
        created_at=now, role=Role.APPLICANT, civil_number=_NOBODY, mobile="00000000", language=Language.ENGLISH
    )
    session.add(account)
    session.flush()
    return account
