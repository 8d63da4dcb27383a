"""collect_documents: out of quarantine, rebuilt from scratch, into the store; what is missing is named per person."""

import hashlib
from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlmodel import Session

from infra.clock import kuwait_date
from infra.database import all_of, fetch, locked, unit_of_work
from infra.leases import held_case
from infra.settings import UploadSettings
from infra.uploads import CleanFile, RefusedFileError, rebuild
from infra.uploads.refusals import RefusalCode, refusal
from infra.wiring import ports
from models.case import Case, CaseEvent, CaseStatus
from models.civil_number import CivilNumber
from models.document import Document, DocumentEvent, DocumentState
from models.fees.days import age_in_years
from models.history import Act
from models.obstacle import Obstacle, ObstacleKind
from models.person import CasePerson
from models.rules.book import rule_book
from models.rules.documents import DocumentKind, MediaType, missing
from tasks.step import act, stands_at, step

_HERE: Final = CaseStatus.IDENTIFIED
_S: Final = DocumentState
_SUFFIX: Final = {"image/jpeg": "jpg", "application/pdf": "pdf"}


def _collect_documents(case_id: UUID) -> CaseStatus:
    """Make every file safe and keep it; ask the applicant for what is missing or was refused."""
    with unit_of_work(ports().engine) as session:
        case = fetch(session, Case, case_id)
        if not stands_at(case, _HERE):
            return case.status
        received = all_of(session, Document, case_id=case_id, state=DocumentState.RECEIVED)
    for document in received:
        _take_in(document)
    return _record(case_id)


collect_documents = step(_collect_documents)


def _take_in(document: Document) -> None:
    store, limits = ports().store, ports().settings.uploads
    raw = store.get(document.quarantine_key, sha256=document.quarantine_sha256)
    try:
        clean = rebuild(raw, limits=limits)
        _check_form(document, clean, limits=limits)
    except RefusedFileError as error:
        _record_refused(document.id, error.code)
        return
    key = f"documents/{document.id}.{_SUFFIX[clean.media_type]}"
    store.put(key, clean.data, media_type=clean.media_type)
    _record_accepted(document.id, clean, key=key)


def _check_form(document: Document, clean: CleanFile, *, limits: UploadSettings) -> None:
    """RefusedFileError when this kind of document is not taken in this form (documents.yaml, `media`)."""
    media, form = rule_book().documents[document.kind].media, MediaType(clean.media_type)
    if form is MediaType.PDF and MediaType.PDF not in media:
        raise refusal(RefusalCode.NOT_A_PICTURE, limits)
    if form is not MediaType.PDF and set(media) == {MediaType.PDF}:
        raise refusal(RefusalCode.NOT_A_PDF, limits)


def _record_accepted(document_id: UUID, clean: CleanFile, *, key: str) -> None:
    with unit_of_work(ports().engine) as session:
        document = locked(session, Document, document_id)
        if document.state is DocumentState.RECEIVED:
            document.object_key = key
            document.sha256 = hashlib.sha256(clean.data).hexdigest()
            document.size = len(clean.data)
            document.media_type = clean.media_type
            session.add(document.apply(DocumentEvent.ACCEPT, act()))


def _record_refused(document_id: UUID, code: RefusalCode) -> None:
    with unit_of_work(ports().engine) as session:
        document = locked(session, Document, document_id)
        if document.state is DocumentState.RECEIVED:
            document.refusal_code = code.value
            session.add(document.apply(DocumentEvent.REFUSE, act()))


def _record(case_id: UUID) -> CaseStatus:
    with unit_of_work(ports().engine) as session:
        case = held_case(session, case_id)
        if not stands_at(case, _HERE):
            return case.status
        doing = act()
        _lift_old(session, case, doing)
        wanting = _wanting(session, case, doing)
        session.add_all(wanting)
        session.add(case.apply(CaseEvent.ASK_DOCUMENTS if wanting else CaseEvent.ACCEPT_DOCUMENTS, doing))
        return case.status


def _lift_old(session: Session, case: Case, doing: Act) -> None:
    for obstacle in all_of(session, Obstacle, case_id=case.id, kind=ObstacleKind.DOCUMENT, lifted_at=None):
        obstacle.lifted_at = doing.at


def _wanting(session: Session, case: Case, doing: Act) -> list[Obstacle]:
    people = sorted(all_of(session, CasePerson, case_id=case.id), key=lambda person: person.position)
    persons = {person.label: person for person in people}
    documents = all_of(session, Document, case_id=case.id)
    on = kuwait_date(doing.at)
    gaps = missing(
        {label: _required(case, person, on=on) for label, person in persons.items()},
        {
            label: {each.kind for each in documents if each.person_id == person.id and each.state is _S.ACCEPTED}
            for label, person in persons.items()
        },
    )
    return [
        _obstacle(case, persons[label], kind, refused=_refusal(documents, persons[label], kind), at=doing.at)
        for label, kinds in gaps.items()
        for kind in kinds
    ]


def _required(case: Case, person: CasePerson, *, on: date) -> list[DocumentKind]:
    born = CivilNumber.parse(person.civil_number, field=person.label).born
    return rule_book().documents.required(
        service=case.service, article=person.article, relation=person.relation, age=age_in_years(born, on=on), on=on
    )


def _refusal(documents: list[Document], person: CasePerson, kind: DocumentKind) -> str | None:
    """Why the newest file of this kind was refused, if one was."""
    codes = [
        each.refusal_code
        for each in documents
        if each.person_id == person.id and each.kind == kind.id and each.state is _S.REFUSED
    ]
    return codes[-1] if codes else None


def _obstacle(case: Case, person: CasePerson, kind: DocumentKind, *, refused: str | None, at: datetime) -> Obstacle:
    words = refusal(RefusalCode(refused), ports().settings.uploads) if refused else None
    return Obstacle(
        created_at=at,
        case_id=case.id,
        person_id=person.id,
        kind=ObstacleKind.DOCUMENT,
        rule=f"{'document_refused' if refused else 'document_missing'}.{kind.id}",
        reason_en=f"{kind.ask_en} {words.reason_en if words else ''}".strip(),
        reason_ar=f"{kind.ask_ar} {words.reason_ar if words else ''}".strip(),
    )
