"""Applications and registries in which nothing blocks, for tests that then change one thing."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from models.checks import Finding, PersonFacts, RegistryAnswers, RenewalFacts, find_obstacles
from models.mrz import Passport
from models.registry import CivilRecord, ResidencyRecord, Sex, TrafficRecord, WorkRecord
from models.rules.blockers import BlockerRules, read_blockers
from models.rules.services import ServiceRules, read_services
from models.service import Service
from tests.rule_data import loaded

TODAY = date(2026, 1, 15)
PERSON, SECOND, SPONSOR = "285051500015", "315093000072", "280010100004"
FILE = "1234/56"
ARTICLES = {
    Service.INDIVIDUAL: 18,
    Service.INDIVIDUAL_PHOTO: 18,
    Service.FAMILY: 22,
    Service.DOMESTIC_WORKER: 20,
    Service.COMPANY: 18,
    Service.GOVERNMENT: 17,
}


@dataclass(frozen=True)
class Rules:
    blockers: BlockerRules
    services: ServiceRules


RULES = Rules(loaded(read_blockers), loaded(read_services))


class World:
    """One application of a service, its persons labelled p1, p2; every registry content with all of them."""

    def __init__(self, service: Service, *, article: int | None = None, people: tuple[str, ...] = (PERSON,)) -> None:
        self.article = article or ARTICLES[service]
        self.civil: dict[str, CivilRecord] = {}
        self.residency: dict[str, ResidencyRecord] = {}
        self.work: dict[str, WorkRecord] = {}
        self.traffic: dict[str, TrafficRecord] = {}
        self.passports: dict[str, Passport] = {}
        for number in {*people, SPONSOR}:
            self._add(number, sponsored=number != SPONSOR)
        own = service in {Service.INDIVIDUAL, Service.INDIVIDUAL_PHOTO}
        self.application = RenewalFacts(
            service=service,
            applicant_civil_number=people[0] if own else SPONSOR,
            organisation_file=FILE if service.is_batch else None,
            persons=tuple(
                PersonFacts(
                    person=f"p{position}",
                    civil_number=number,
                    passport=self.passports[number],
                    article=self.article,
                    relation="child" if service is Service.FAMILY else None,
                    years=1,
                )
                for position, number in enumerate(people, start=1)
            ),
        )

    def _add(self, number: str, *, sponsored: bool) -> None:
        born = {PERSON: date(1985, 5, 15), SECOND: date(2015, 9, 30), SPONSOR: date(1980, 1, 1)}.get(number)
        self.passports[number] = Passport(
            number=f"X{number[-6:]}",
            nationality="IND",
            issuing_state="IND",
            surname="KHAN",
            given_names="SARA NOOR",
            born=born or date(1990, 1, 1),
            sex=Sex.FEMALE,
            expires=date(2030, 6, 30),
        )
        held = {"civil_number": number, "passport_number": f"X{number[-6:]}", "name_latin": "SARA NOOR KHAN"}
        self.civil[number] = CivilRecord(
            name_ar="سارة نور خان", born=self.passports[number].born, sex=Sex.FEMALE, nationality="IND",
            address_registered=True, **held,
        )  # fmt: skip
        self.residency[number] = ResidencyRecord(
            article=self.article if sponsored else 18, permit_expires=date(2026, 2, 20), sponsor_file=FILE,
            sponsor_civil_number=SPONSOR if sponsored else None, relation="child" if self.article == 22 else None,
            inside_kuwait=True, days_absent=12, biometrics_done=True, absence_report_open=False, court_judgment=False,
            state_debts_fils=0, residency_fines_fils=0, **held,
        )  # fmt: skip
        self.work[number] = WorkRecord(
            civil_number=number, permit_number="77", permit_valid_until=date(2027, 1, 1), employer_file=FILE,
            employer_file_suspended=False, basic_salary_fils=900_000, university_degree=True,
        )  # fmt: skip

    def person(self, position: int = 1, **change: Any) -> "World":
        """Change what the application says of a person."""
        persons = list(self.application.persons)
        persons[position - 1] = replace(persons[position - 1], **change)
        return self.applies(persons=tuple(persons))

    def passport(self, **change: Any) -> "World":
        return self.person(passport=replace(self.application.persons[0].passport, **change))

    def applies(self, **change: Any) -> "World":
        self.application = replace(self.application, **change)
        return self

    def registry(self, name: str, number: str = PERSON, **change: Any) -> "World":
        """Change a registry's record of a person; without a change, the record is gone."""
        records = getattr(self, name)
        if change:
            records[number] = records[number].model_copy(update=change)
        else:
            del records[number]
        return self

    def fined(self, number: str, fils: int) -> "World":
        self.traffic[number] = TrafficRecord(civil_number=number, unpaid_fines_fils=fils)
        return self

    @property
    def answers(self) -> RegistryAnswers:
        return RegistryAnswers(
            civil=self.civil, residency=self.residency, insurance={}, work=self.work, traffic=self.traffic
        )

    def findings(self, *, on: date = TODAY) -> list[Finding]:
        return find_obstacles(self.application, self.answers, on=on, book=RULES)

    def blocked_by(self, *, on: date = TODAY) -> list[tuple[str | None, str]]:
        return [(finding.person, finding.rule) for finding in self.findings(on=on)]
