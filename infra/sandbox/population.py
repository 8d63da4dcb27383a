"""The people whom the sandbox's registries know: all synthetic, in one JSON file."""

from collections.abc import Iterable
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict

from models.registry import CivilRecord, InsuranceRecord, ResidencyRecord, TrafficRecord, WorkRecord


class Resident(BaseModel):
    """One person as each registry records them; a registry may not know them. A citizen has no residency."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    civil: CivilRecord
    residency: ResidencyRecord | None = None
    insurance: InsuranceRecord | None = None
    work: WorkRecord | None = None
    traffic: TrafficRecord | None = None

    @property
    def civil_number(self) -> str:
        return self.civil.civil_number


class Population(BaseModel):
    """Residents by civil number."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    people: dict[str, Resident] = {}

    @classmethod
    def of(cls, residents: Iterable[Resident]) -> Self:
        return cls(people={resident.civil_number: resident for resident in residents})

    @classmethod
    def read(cls, path: Path) -> Self:
        return cls.model_validate_json(path.read_bytes())

    def write(self, path: Path) -> None:
        """Whole or not at all: a reader never meets half a file."""
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f"{path.name}.draft")
        draft.write_text(self.model_dump_json(indent=1), encoding="utf-8")
        draft.replace(path)

    def find(self, civil_number: str) -> Resident | None:
        return self.people.get(civil_number)
