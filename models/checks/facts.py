"""What the checks are given and what they return: the application, the registries' answers, the findings."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from models.mrz import Passport
from models.registry import CivilRecord, InsuranceRecord, ResidencyRecord, TrafficRecord, WorkRecord
from models.service import Service

Detail = dict[str, str | int]


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonFacts:
    """One person to renew. `person` is a label free of personal data; findings carry it back."""

    person: str
    civil_number: str = field(repr=False)
    passport: Passport
    article: int
    relation: str | None
    years: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RenewalFacts:
    service: Service
    applicant_civil_number: str = field(repr=False)
    organisation_file: str | None
    persons: tuple[PersonFacts, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """What the registries hold of one civil number; None: that registry holds nothing."""

    civil: CivilRecord | None
    residency: ResidencyRecord | None
    work: WorkRecord | None
    traffic: TrafficRecord | None


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class RegistryAnswers:
    """Each registry's records by civil number; who is absent, the registry does not know."""

    civil: Mapping[str, CivilRecord]
    residency: Mapping[str, ResidencyRecord]
    insurance: Mapping[str, InsuranceRecord]
    work: Mapping[str, WorkRecord]
    traffic: Mapping[str, TrafficRecord]

    def of(self, civil_number: str) -> Records:
        return Records(
            civil=self.civil.get(civil_number),
            residency=self.residency.get(civil_number),
            work=self.work.get(civil_number),
            traffic=self.traffic.get(civil_number),
        )


@dataclass(frozen=True, slots=True)
class Finding:
    """One reason that blocks. `person` None: it lies with the sponsor who applies. `detail` fills the rule's words."""

    rule: str
    person: str | None
    detail: Detail


def civil_numbers_to_ask(application: RenewalFacts) -> list[str]:
    """The persons, then the applicant, each once."""
    numbers = [person.civil_number for person in application.persons]
    return list(dict.fromkeys([*numbers, application.applicant_civil_number]))
