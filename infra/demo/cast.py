"""Makes the people of the demo, each with a number of their own."""

from dataclasses import replace
from datetime import date
from itertools import count
from typing import Any

from infra.sandbox.people import Specimen, make_citizen, make_person
from infra.sandbox.troubles import Trouble, troubled


class Cast:
    """The same calls in the same order give the same people."""

    def __init__(self, *, on: date, first_number: int = 1) -> None:
        self.on = on
        self._numbers = count(first_number)
        self._people: dict[str, Specimen] = {}

    @property
    def people(self) -> list[Specimen]:
        return list(self._people.values())

    def citizen(self) -> Specimen:
        return self._keep(make_citizen(next(self._numbers), on=self.on))

    def resident(self, article: int, **facts: Any) -> Specimen:
        """`facts` as `make_person` takes them."""
        return self._keep(make_person(next(self._numbers), article=article, on=self.on, **facts))

    def recorded(self, person: Specimen, **records: dict[str, Any]) -> Specimen:
        """The same person, of whom the named registries record something else."""
        changed = {name: getattr(person.resident, name).model_copy(update=new) for name, new in records.items()}
        return self._keep(replace(person, resident=person.resident.model_copy(update=changed)))

    def troubled(self, person: Specimen, *troubles: Trouble) -> Specimen:
        return self._keep(troubled(person, *troubles, on=self.on))

    def _keep(self, person: Specimen) -> Specimen:
        self._people[person.civil_number] = person
        return person
