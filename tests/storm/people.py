"""Who applies in a storm, and where each case must end."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from random import Random
from typing import Any, Final

from infra.demo.crowd import Passerby, make_crowd
from infra.sandbox.payer import Behaviour
from infra.sandbox.population import Resident
from models.case import CaseStatus

Tries = tuple[Behaviour, ...]
_GOOD: Final = Behaviour.APPROVE


@dataclass(frozen=True, slots=True)
class Applicant:
    """`tries` is what the payer does at the bank's page, one after the other."""

    passerby: Passerby
    kind: str
    tries: Tries
    ends: CaseStatus


@dataclass(frozen=True, slots=True)
class Kind:
    """`weight` is the share of all applicants, in percent."""

    name: str
    weight: int
    tries: Tries
    ends: CaseStatus
    change: Callable[[Resident], Resident] = lambda resident: resident


def _registry(name: str, **change: Any) -> Callable[[Resident], Resident]:
    def changed(resident: Resident) -> Resident:
        return resident.model_copy(update={name: getattr(resident, name).model_copy(update=change)})

    return changed


KINDS: Final = (
    Kind("pays at once", 62, (_GOOD,), CaseStatus.COMPLETED),
    Kind("is declined first", 14, (Behaviour.DECLINE, _GOOD), CaseStatus.COMPLETED),
    Kind("cancels at the bank first", 10, (Behaviour.CANCEL, _GOOD), CaseStatus.COMPLETED),
    Kind("has traffic fines", 8, (), CaseStatus.REJECTED, _registry("traffic", unpaid_fines_fils=35_000)),
    Kind("has a cancelled permit", 6, (), CaseStatus.REJECTED, _registry("residency", cancelled=True)),
)


def make_applicants(size: int, *, on: date, chance: Random) -> Iterator[Applicant]:
    weights = [each.weight for each in KINDS]
    for passerby in make_crowd(size, on=on):
        [kind] = chance.choices(KINDS, weights)
        changed = Passerby(kind.change(passerby.resident), passerby.folder)
        yield Applicant(changed, kind.name, kind.tries, kind.ends)
