"""What the registries hold while the sandbox runs: the population, and every change made to it since."""

from datetime import date
from threading import Lock
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from infra.errors import PermanentError
from infra.sandbox.journal import Journal
from infra.sandbox.population import Population, Resident

Reason = Literal["unknown_person", "residency_cancelled", "not_an_extension", "different_extension"]


class RegistryRefusalError(PermanentError):
    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason


class PersonExtension(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    civil_number: str
    start: date
    end: date
    years: int = Field(ge=1, le=15)


class ExtensionOrder(BaseModel):
    """All persons of one case, extended together or not at all."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    extensions: list[PersonExtension] = Field(min_length=1, max_length=50)


class Town:
    """Thread-safe; a case's extension happens once, however often it is asked for."""

    def __init__(self, population: Population, journal: Journal) -> None:
        self._journal = journal
        self._lock = Lock()
        self._residents = dict(population.people)
        self._orders: dict[UUID, ExtensionOrder] = {}
        for entry in journal.replay():
            self._replay(entry)

    def find(self, civil_number: str) -> Resident | None:
        return self._residents.get(civil_number)

    def count(self) -> int:
        """How many people are known."""
        return len(self._residents)

    def settle(self, residents: list[Resident]) -> None:
        """Add people, or put new records in place of old ones."""
        with self._lock:
            self._journal.append({"residents": [resident.model_dump(mode="json") for resident in residents]})
            self._residents |= Population.of(residents).people

    def extend(self, case_id: UUID, order: ExtensionOrder) -> str:
        """The confirmation number; RegistryRefusalError when it is refused, or the case was put otherwise before."""
        with self._lock:
            earlier = self._orders.get(case_id)
            if earlier is None:
                for extension in order.extensions:
                    self._check(extension)
                self._journal.append({"case": str(case_id), "order": order.model_dump(mode="json")})
                self._apply(case_id, order)
            elif earlier != order:
                raise RegistryRefusalError("different_extension")
            return f"SPECIMEN-{case_id.hex[:12].upper()}"

    def _check(self, extension: PersonExtension) -> None:
        resident = self.find(extension.civil_number)
        if resident is None or resident.residency is None:
            raise RegistryRefusalError("unknown_person")
        if resident.residency.cancelled:
            raise RegistryRefusalError("residency_cancelled")
        if extension.end <= max(extension.start, resident.residency.permit_expires):
            raise RegistryRefusalError("not_an_extension")

    def _apply(self, case_id: UUID, order: ExtensionOrder) -> None:
        self._orders[case_id] = order
        for extension in order.extensions:
            resident = self.find(extension.civil_number)
            if resident is not None and resident.residency is not None:
                residency = resident.residency.model_copy(update={"permit_expires": extension.end})
                self._residents[extension.civil_number] = resident.model_copy(update={"residency": residency})

    def _replay(self, entry: dict[str, Any]) -> None:
        if "residents" in entry:
            self._residents |= Population.of(map(Resident.model_validate, entry["residents"])).people
        else:
            self._apply(UUID(entry["case"]), ExtensionOrder.model_validate(entry["order"]))
