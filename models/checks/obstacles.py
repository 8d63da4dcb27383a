"""Every obstacle of an application at once: each rule in force, asked of the sponsor and of every person."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Final, Protocol

from models.checks import agreement, standing
from models.checks.facts import Detail, Finding, RegistryAnswers, RenewalFacts
from models.checks.look import PersonLook, SponsorLook
from models.rules.blockers import BlockerRules
from models.rules.services import ApplicantRole, ServiceRules

# A condition has the name of its rule in blockers.yaml, where the figures are that it turns on.
_PERSON: Final[tuple[Callable[[PersonLook], Detail | None], ...]] = (
    standing.too_many_persons,
    standing.service_does_not_cover_article,
    standing.service_does_not_cover_relation,
    standing.applicant_is_not_the_resident,
    standing.applicant_is_not_head_of_family,
    standing.applicant_is_not_sponsor,
    standing.organisation_is_not_sponsor,
    agreement.civil_record_missing,
    agreement.residency_record_missing,
    agreement.passport_mismatch_civil,
    agreement.birth_date_mismatch,
    agreement.sex_mismatch,
    agreement.nationality_mismatch,
    agreement.latin_name_mismatch_civil,
    agreement.passport_mismatch,
    agreement.latin_name_mismatch,
    agreement.article_mismatch,
    agreement.relation_mismatch,
    agreement.passport_expired,
    standing.son_of_age,
    standing.residency_cancelled,
    standing.court_judgment,
    standing.absence_report_open,
    standing.outside_kuwait,
    standing.absent_too_long,
    standing.domestic_worker_absent_too_long,
    standing.biometrics_missing,
    standing.civil_address_missing,
    standing.state_debts_unpaid,
    standing.traffic_fines_unpaid,
    standing.residency_fines_unpaid,
    standing.work_permit_missing,
    standing.work_permit_invalid,
    standing.employer_file_suspended,
)
_SPONSOR: Final[tuple[Callable[[SponsorLook], Detail | None], ...]] = (
    standing.sponsor_record_missing,
    standing.sponsor_residency_expired,
    standing.sponsor_salary_below,
    standing.residency_cancelled,
    standing.court_judgment,
    standing.biometrics_missing,
    standing.state_debts_unpaid,
    standing.traffic_fines_unpaid,
)
OF_PERSON: Final = {condition.__name__: condition for condition in _PERSON}
OF_SPONSOR: Final = {condition.__name__: condition for condition in _SPONSOR}


class ObstacleRules(Protocol):
    """The part of the rule book that the checks read."""

    @property
    def blockers(self) -> BlockerRules: ...

    @property
    def services(self) -> ServiceRules: ...


def find_obstacles(
    application: RenewalFacts, answers: RegistryAnswers, *, on: date, book: ObstacleRules
) -> list[Finding]:
    """All findings: the sponsor's first, then person by person; within one, in the order of blockers.yaml."""
    return [
        *_of_sponsor(application, answers, on=on, book=book),
        *_of_persons(application, answers, on=on, book=book),
    ]


def _of_sponsor(
    application: RenewalFacts, answers: RegistryAnswers, *, on: date, book: ObstacleRules
) -> Iterator[Finding]:
    service = book.services[application.service]
    if service.applicant not in {ApplicantRole.HEAD_OF_FAMILY, ApplicantRole.SPONSOR}:
        return
    for rule in book.blockers.in_force(on):
        concerned = [person for person in application.persons if person.article in rule.sponsor_of]
        look = SponsorLook(
            on=on,
            rule=rule,
            application=application,
            service=service,
            records=answers.of(application.applicant_civil_number),
            sponsored=tuple(answers.of(person.civil_number) for person in concerned),
        )
        detail = OF_SPONSOR[rule.id](look) if concerned else None
        if detail is not None:
            yield Finding(rule=rule.id, person=None, detail=detail)


def _of_persons(
    application: RenewalFacts, answers: RegistryAnswers, *, on: date, book: ObstacleRules
) -> Iterator[Finding]:
    service, rules = book.services[application.service], book.blockers.in_force(on)
    for position, person in enumerate(application.persons, start=1):
        for rule in rules:
            if not rule.covers(person.article):
                continue
            look = PersonLook(
                on=on,
                rule=rule,
                application=application,
                service=service,
                records=answers.of(person.civil_number),
                person=person,
                position=position,
            )
            detail = OF_PERSON[rule.id](look)
            if detail is not None:
                yield Finding(rule=rule.id, person=person.person, detail=detail)
