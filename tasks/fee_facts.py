"""What a price depends on, taken from the registries' answers into the facts of the fee engine."""

from datetime import date
from typing import Any

from models.case import Case
from models.checks import PersonFacts, RegistryAnswers, RenewalFacts
from models.registry import InsuranceRecord, ResidencyRecord


def fee_facts(case: Case, facts: RenewalFacts, answers: RegistryAnswers, *, on: date) -> dict[str, Any]:
    """The fee engine's input as JSON knows it; persons by label, no name and no number in it."""
    sponsor = answers.residency.get(facts.applicant_civil_number)
    case_facts = {
        "id": case.reference,
        "on": on.isoformat(),
        "service": case.service.value,
        "sponsor": _sponsor(facts, answers, sponsor),
        "persons": [_person(person, answers, sponsor) for person in facts.persons],
    }
    return {name: value for name, value in case_facts.items() if value is not None}


def _sponsor(facts: RenewalFacts, answers: RegistryAnswers, sponsor: ResidencyRecord | None) -> dict[str, Any] | None:
    """The organisation, the Kuwaiti, or the resident by their own article; None for those who apply for themselves."""
    if facts.service.is_batch:
        return {"organisation": True}
    if all(person.civil_number == facts.applicant_civil_number for person in facts.persons):
        return None
    records = [answers.residency[person.civil_number] for person in facts.persons]
    if any(record.sponsor_kuwaiti for record in records):
        return {"kuwaiti": True}
    return {"article": sponsor.article} if sponsor else None


def _person(person: PersonFacts, answers: RegistryAnswers, sponsor: ResidencyRecord | None) -> dict[str, Any]:
    residency = answers.residency[person.civil_number]
    work = answers.work.get(person.civil_number)
    own = residency.sponsor_civil_number is None
    values = {
        "person": person.person,
        "article": person.article,
        "relation": person.relation,
        "born": person.passport.born,
        "years": person.years,
        "permit_expires": residency.permit_expires,
        "passport_expires": person.passport.expires,
        "insured_until": _insured_until(answers.insurance.get(person.civil_number), residency),
        "sponsor_permit_expires": sponsor.permit_expires if sponsor and not own else None,
        "work_permit_expires": work.permit_valid_until if work else None,
        "worker_no": residency.worker_no,
        "within_quota": residency.within_quota,
        "farm": work.farm if work else None,
        "degree": work.university_degree if work else None,
    }
    return {name: _json(value) for name, value in values.items() if value is not None}


def _insured_until(insurance: InsuranceRecord | None, residency: ResidencyRecord) -> date | None:
    """A policy that ends with the old permit covers nothing of the new one: then the insurance is bought with it."""
    if insurance is None or insurance.insured_until is None:
        return None
    return insurance.insured_until if insurance.insured_until > residency.permit_expires else None


def _json(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value
