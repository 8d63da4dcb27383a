"""How a person stands with the state: the right to be renewed here, the residency, dues, work."""

from models.checks.facts import Detail
from models.checks.look import Look, PersonLook, SponsorLook, found, shown_date
from models.money import Money
from models.registry import Sex
from models.rules.services import ApplicantRole
from models.rules.situation import Relation


def too_many_persons(look: PersonLook) -> Detail | None:
    limit = look.service.max_persons
    return found(look.position > limit, limit=limit)


def service_does_not_cover_article(look: PersonLook) -> Detail | None:
    article = look.person.article
    return found(article not in look.service.articles, article=article)


def service_does_not_cover_relation(look: PersonLook) -> Detail | None:
    """The registry's relation stands in for one that the application leaves out."""
    residency = look.records.residency
    registered = residency.relation if residency else None
    return found(not look.service.renews_relation(look.person.relation or registered))


def applicant_is_not_the_resident(look: PersonLook) -> Detail | None:
    return found(
        look.service.applicant is ApplicantRole.RESIDENT
        and look.application.applicant_civil_number != look.person.civil_number
    )


def applicant_is_not_head_of_family(look: PersonLook) -> Detail | None:
    return found(look.service.applicant is ApplicantRole.HEAD_OF_FAMILY and _is_sponsored_by_another(look))


def applicant_is_not_sponsor(look: PersonLook) -> Detail | None:
    return found(look.service.applicant is ApplicantRole.SPONSOR and _is_sponsored_by_another(look))


def organisation_is_not_sponsor(look: PersonLook) -> Detail | None:
    residency = look.records.residency
    return found(
        look.service.applicant is ApplicantRole.OPERATOR
        and residency is not None
        and (residency.sponsor_file is None or residency.sponsor_file != look.application.organisation_file)
    )


def sponsor_record_missing(look: SponsorLook) -> Detail | None:
    """A Kuwaiti sponsor holds no residency and needs none."""
    applicant = look.application.applicant_civil_number
    residencies = [records.residency for records in look.sponsored if records.residency is not None]
    needed = any(one.sponsor_civil_number == applicant and not one.sponsor_kuwaiti for one in residencies)
    return found(needed and look.records.residency is None)


def sponsor_residency_expired(look: SponsorLook) -> Detail | None:
    residency = look.records.residency
    if residency is None:
        return None
    return found(residency.permit_expires < look.on, expired_on=shown_date(residency.permit_expires))


def sponsor_salary_below(look: SponsorLook) -> Detail | None:
    """Judged by the work permit; a sponsor without one (government, self-sponsored) is not judged here."""
    if look.records.work is None:
        return None
    salary, minimum = Money(look.records.work.basic_salary_fils), look.rule.amount
    return found(salary < minimum, salary=str(salary), minimum=str(minimum))


def son_of_age(look: PersonLook) -> Detail | None:
    civil, residency, limit = look.records.civil, look.records.residency, look.rule.limit("age")
    if civil is None or residency is None or look.age is None:
        return None
    return found(civil.sex is Sex.MALE and residency.relation == Relation.CHILD and look.age >= limit, age=limit)


def residency_cancelled(look: Look) -> Detail | None:
    residency = look.records.residency
    return found(residency is not None and residency.cancelled)


def court_judgment(look: Look) -> Detail | None:
    residency = look.records.residency
    return found(residency is not None and residency.court_judgment)


def absence_report_open(look: PersonLook) -> Detail | None:
    residency = look.records.residency
    return found(residency is not None and residency.absence_report_open)


def outside_kuwait(look: PersonLook) -> Detail | None:
    residency = look.records.residency
    return found(residency is not None and not residency.inside_kuwait)


def absent_too_long(look: PersonLook) -> Detail | None:
    days = look.records.residency.days_absent if look.records.residency else 0
    return found(days > look.rule.limit("days"), days=days, months=look.rule.limit("months"))


def domestic_worker_absent_too_long(look: PersonLook) -> Detail | None:
    excused = look.records.residency is not None and look.records.residency.leave_requested
    return None if excused else absent_too_long(look)


def biometrics_missing(look: Look) -> Detail | None:
    residency, min_age = look.records.residency, look.rule.limit("min_age")
    of_age = look.age is None or look.age >= min_age
    return found(residency is not None and not residency.biometrics_done and of_age, min_age=min_age)


def civil_address_missing(look: PersonLook) -> Detail | None:
    civil = look.records.civil
    return found(civil is not None and not civil.address_registered)


def state_debts_unpaid(look: Look) -> Detail | None:
    return _owed(look.records.residency.state_debts_fils if look.records.residency else 0)


def traffic_fines_unpaid(look: Look) -> Detail | None:
    """Somebody of whom the traffic department holds nothing owes it nothing."""
    return _owed(look.records.traffic.unpaid_fines_fils if look.records.traffic else 0)


def residency_fines_unpaid(look: PersonLook) -> Detail | None:
    return _owed(look.records.residency.residency_fines_fils if look.records.residency else 0)


def work_permit_missing(look: PersonLook) -> Detail | None:
    return found(look.records.work is None)


def work_permit_invalid(look: PersonLook) -> Detail | None:
    work = look.records.work
    if work is None:
        return None
    return found(work.permit_valid_until < look.on, expired_on=shown_date(work.permit_valid_until))


def employer_file_suspended(look: PersonLook) -> Detail | None:
    return found(look.records.work is not None and look.records.work.employer_file_suspended)


def _is_sponsored_by_another(look: PersonLook) -> bool:
    residency = look.records.residency
    return residency is not None and residency.sponsor_civil_number != look.application.applicant_civil_number


def _owed(fils: int) -> Detail | None:
    return found(fils > 0, amount=str(Money(fils)))
