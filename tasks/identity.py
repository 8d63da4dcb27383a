"""validate_identity: civil numbers, passports, registries, and every obstacle named at once."""

from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlmodel import Session

from infra.clock import kuwait_date
from infra.database import all_of, fetch, unit_of_work
from infra.errors import PermanentError
from infra.leases import held_case
from infra.payments.orders import open_order
from infra.wiring import ports
from models.account import Account
from models.case import Case, CaseEvent, CaseStatus
from models.checks import Finding, PersonFacts, RegistryAnswers, RenewalFacts, civil_numbers_to_ask, find_obstacles
from models.mrz import parse_td3
from models.obstacle import Obstacle, ObstacleKind
from models.person import CasePerson
from models.rules.book import rule_book
from models.service import Language
from tasks.fee_facts import fee_facts
from tasks.step import act, stands_at, step

_HERE: Final = CaseStatus.RELEASED


def _validate_identity(case_id: UUID) -> CaseStatus:
    """Ask every registry about every person, and name all that stands in the way, or let the case go on."""
    now = ports().now()
    with unit_of_work(ports().engine) as session:
        case = fetch(session, Case, case_id)
        if not stands_at(case, _HERE):
            return case.status
        facts = renewal_facts(session, case, on=kuwait_date(now))
    try:
        answers = ports().registries.ask(civil_numbers_to_ask(facts))
    except PermanentError as error:
        return _record_refusal(case_id, reason=str(error))
    findings = find_obstacles(facts, answers, on=kuwait_date(now), book=rule_book())
    return _record(case_id, facts, answers, findings)


validate_identity = step(_validate_identity)


def renewal_facts(session: Session, case: Case, *, on: date) -> RenewalFacts:
    """What the applicant handed in, as the checks want it."""
    account = fetch(session, Account, case.account_id)
    persons = all_of(session, CasePerson, case_id=case.id)
    return RenewalFacts(
        service=case.service,
        applicant_civil_number=account.civil_number,
        organisation_file=case.organisation_file,
        persons=tuple(
            PersonFacts(
                person=person.label,
                civil_number=person.civil_number,
                passport=parse_td3(person.passport_mrz_1, person.passport_mrz_2, field=person.label, on=on),
                article=person.article,
                relation=person.relation,
                years=person.years,
            )
            for person in sorted(persons, key=lambda person: person.position)
        ),
    )


def _record_refusal(case_id: UUID, *, reason: str) -> CaseStatus:
    with unit_of_work(ports().engine) as session:
        case = held_case(session, case_id)
        if stands_at(case, _HERE):
            session.add(case.apply(CaseEvent.REFUSE_BY_REGISTRY, act(reason=reason)))
        return case.status


def _record(case_id: UUID, facts: RenewalFacts, answers: RegistryAnswers, findings: list[Finding]) -> CaseStatus:
    with unit_of_work(ports().engine) as session:
        case = held_case(session, case_id)
        if not stands_at(case, _HERE):
            return case.status
        doing = act()
        persons = {person.label: person for person in all_of(session, CasePerson, case_id=case.id)}
        for person in persons.values():
            _remember(person, answers)
        session.add_all(
            _obstacle(case, finding, persons.get(finding.person or ""), at=doing.at) for finding in findings
        )
        session.add(case.apply(CaseEvent.REJECT if findings else CaseEvent.IDENTIFY, doing))
        if not findings:
            case.fee_facts = fee_facts(case, facts, answers, on=kuwait_date(doing.at))
        else:
            open_order(session, case, now=doing.at, terms=ports().terms)
        return case.status


def _remember(person: CasePerson, answers: RegistryAnswers) -> None:
    civil = answers.civil.get(person.civil_number)
    residency = answers.residency.get(person.civil_number)
    if civil is not None:
        person.name_ar, person.name_latin = civil.name_ar, civil.name_latin
    if residency is not None:
        person.permit_expires = residency.permit_expires


def _obstacle(case: Case, finding: Finding, person: CasePerson | None, *, at: datetime) -> Obstacle:
    blocker = rule_book().blockers.at(finding.rule, kuwait_date(at))
    english = blocker.words(finding.detail, language=Language.ENGLISH)
    arabic = blocker.words(finding.detail, language=Language.ARABIC)
    return Obstacle(
        created_at=at,
        case_id=case.id,
        person_id=person.id if person else None,
        kind=ObstacleKind.BLOCKER,
        rule=finding.rule,
        reason_en=english.reason,
        reason_ar=arabic.reason,
        remedy_en=english.remedy,
        remedy_ar=arabic.remedy,
        office_en=english.office,
        office_ar=arabic.office,
    )
