"""Writing an application's rows: account, batch, cases, persons, documents, in the caller's one transaction."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import text
from sqlmodel import Session, col, select

from infra.advisory_locks import AdvisoryLock
from infra.database import all_of
from infra.intake.drafting import DraftCase, DraftPerson
from infra.references import new_reference
from models.account import Account, Role
from models.application import Application
from models.batch import Batch
from models.case import CASE, Case, CaseStatus, Channel
from models.document import Document
from models.errors import InputError
from models.person import CasePerson

_CLOSED: Final = [status for status in CaseStatus if CASE.is_final(status)]


def write(
    session: Session, application: Application, drafts: Sequence[DraftCase], *, channel: Channel, now: datetime
) -> tuple[list[Case], Batch | None]:
    """Add every row of the application; InputError when a person's renewal is already under way."""
    refuse_open_cases(session, drafts)
    account = _account(session, application, now=now)
    batch = _batch(session, application, account, now=now)
    cases = [
        Case(
            id=draft.id,
            created_at=now,
            reference=new_reference("RN"),
            service=application.service,
            channel=channel,
            language=application.language,
            account_id=account.id,
            organisation_file=application.organisation_file,
            batch_id=batch.id if batch else None,
            batch_row=row if batch else None,
            urgency=[0, 0, 0, -len(draft.persons)],
            expiry_due_at=now,
        )
        for row, draft in enumerate(drafts, 1)
    ]
    session.add_all(cases)
    session.flush()
    for draft in drafts:
        for position, person in enumerate(draft.persons, 1):
            _write_person(session, draft, person, position=position, now=now)
    return cases, batch


def refuse_open_cases(session: Session, drafts: Sequence[DraftCase]) -> None:
    """One open case a person, or InputError.

    Under a lock of its own until the transaction ends, so that two applications at once cannot both pass.
    """
    session.connection().execute(text("select pg_advisory_xact_lock(:key)"), {"key": AdvisoryLock.APPLYING})
    numbers = [person.given.civil_number for draft in drafts for person in draft.persons]
    query = (
        select(Case.reference, CasePerson.civil_number)
        .join(CasePerson, col(CasePerson.case_id) == col(Case.id))
        .where(col(CasePerson.civil_number).in_(numbers), col(Case.status).not_in(_CLOSED))
    )
    for reference, number in session.exec(query):
        raise InputError(
            f"persons.{numbers.index(number)}.civil_number",
            f"this person's renewal is already under way as {reference}; follow that case, or cancel it first",
        )


def _account(session: Session, application: Application, *, now: datetime) -> Account:
    role = Role.OPERATOR if application.service.is_batch else Role.APPLICANT
    organisation = application.organisation_file if application.service.is_batch else None
    number = application.applicant.civil_number
    found = all_of(session, Account, role=role, civil_number=number, organisation_file=organisation)
    if found:
        return found[0]
    account = Account(
        created_at=now,
        role=role,
        civil_number=number,
        organisation_file=organisation,
        mobile=application.applicant.mobile,
        language=application.language,
    )
    session.add(account)
    session.flush()
    return account


def _batch(session: Session, application: Application, account: Account, *, now: datetime) -> Batch | None:
    if not application.service.is_batch:
        return None
    batch = Batch(
        created_at=now,
        reference=new_reference("BT"),
        account_id=account.id,
        service=application.service,
        organisation_file=application.organisation_file or "",
    )
    session.add(batch)
    session.flush()
    return batch


def _write_person(session: Session, draft: DraftCase, person: DraftPerson, *, position: int, now: datetime) -> None:
    given = person.given
    record = CasePerson(
        created_at=now,
        case_id=draft.id,
        position=position,
        civil_number=given.civil_number,
        passport_mrz_1=given.passport_mrz[0],
        passport_mrz_2=given.passport_mrz[1],
        article=given.article,
        relation=given.relation,
        years=given.years,
    )
    session.add(record)
    session.flush()
    session.add_all(
        Document(
            id=document.id,
            created_at=now,
            case_id=draft.id,
            person_id=record.id,
            kind=document.kind,
            quarantine_key=document.quarantine_key,
            quarantine_sha256=hashlib.sha256(document.data).hexdigest(),
        )
        for document in person.documents
    )
