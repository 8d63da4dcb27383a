"""The registries of the state: what they know of a person, and the one thing we ask them to change."""

from dataclasses import dataclass, field
from datetime import date
from typing import Protocol
from uuid import UUID

from models.checks import RegistryAnswers


@dataclass(frozen=True, slots=True)
class Extension:
    """One person's new permit: from `start` to `end`, both included, `years` whole years."""

    civil_number: str = field(repr=False)
    start: date
    end: date
    years: int


class Registries(Protocol):
    """All calls raise TransientError when nobody answered and PermanentError when the answer is no or unreadable."""

    def ask(self, civil_numbers: list[str]) -> RegistryAnswers:
        """Every registry's record of every person; who has no record in a registry is absent there."""

    def permits(self, civil_numbers: list[str]) -> dict[str, date]:
        """The last day of each person's permit, from the residency registry alone; who has none is absent."""

    def extend(self, case_id: UUID, extensions: list[Extension]) -> str:
        """Extend the permits and return the registry's confirmation number; safe to repeat for the same case."""

    def close(self) -> None:
        """Let go of connections."""
