"""The six services as data: whom each renews, who applies, and how many at once."""

from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Self

from pydantic import Field, model_validator

from models.rules.dated import Dated
from models.rules.reading import RuleFile
from models.rules.situation import Relation
from models.service import Service

_FILE = "services.yaml"


class ApplicantRole(StrEnum):
    """Whose right to act the registries must confirm."""

    RESIDENT = "resident"
    HEAD_OF_FAMILY = "head_of_family"
    SPONSOR = "sponsor"
    OPERATOR = "operator"


class ServiceRule(Dated):
    """`id` is the service; `relations` are those to the head of family that it renews; empty: it does not ask."""

    id: Service
    name_en: str
    name_ar: str
    applicant: ApplicantRole
    applicant_en: str
    applicant_ar: str
    articles: frozenset[int] = Field(min_length=1)
    relations: frozenset[Relation] = frozenset()
    batch: bool
    max_persons: int = Field(ge=1)

    @model_validator(mode="after")
    def _batch_as_the_service_says(self) -> Self:
        if self.batch is not self.id.is_batch:
            raise ValueError(f"batch must be {self.id.is_batch} for {self.id}")
        return self

    def renews_relation(self, relation: str | None) -> bool:
        return not self.relations or relation in self.relations


class ServiceRules:
    """One rule for each service; none may be missing."""

    def __init__(self, rules: tuple[ServiceRule, ...]) -> None:
        self._given = [rule.id for rule in rules]
        self._entries = {rule.id: rule for rule in rules}

    def __getitem__(self, service: Service) -> ServiceRule:
        return self._entries[service]

    def __iter__(self) -> Iterator[ServiceRule]:
        return iter(self._entries.values())

    def faults(self) -> Iterator[str]:
        if sorted(self._given) != sorted(Service):
            yield f"{_FILE} must describe each of {', '.join(Service)} once"


def read_services(folder: Path, faults: list[str]) -> ServiceRules:
    return ServiceRules(RuleFile(folder, _FILE, faults).entries("services", ServiceRule))
