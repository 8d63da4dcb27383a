"""How long the cases that a fault met stood still: from the fault to the next thing that happened to each."""

from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import quantiles

from sqlmodel import Session, col, select

from models.case import Case
from models.history import Transition
from tests.storm.weather import Storm


@dataclass(frozen=True, slots=True)
class Recovery:
    fault: str
    times: int
    cases: int
    p50: float
    p95: float
    longest: float


def recoveries(storm: Storm) -> list[Recovery]:
    """For each kind of fault, in seconds."""
    waits: dict[str, list[float]] = {}
    times: dict[str, int] = {}
    with Session(storm.bed.ports.engine) as session:
        for strike in storm.strikes:
            fault, cases = strike.fault, strike.cases
            times[fault] = times.get(fault, 0) + 1
            since = datetime.fromtimestamp(strike.at, UTC)
            query = (
                select(Transition.entity_id, Transition.at)
                .where(col(Transition.entity) == Case.__tablename__, col(Transition.entity_id).in_(cases))
                .where(col(Transition.at) > since)
                .order_by(col(Transition.at))
            )
            first: dict[object, datetime] = {}
            for case_id, moved in session.exec(query):
                first.setdefault(case_id, moved)
            waits.setdefault(fault, []).extend((moved - since).total_seconds() for moved in first.values())
    return [_of(fault, times[fault], sorted(waits[fault])) for fault in sorted(waits)]


def _of(fault: str, times: int, seconds: list[float]) -> Recovery:
    if len(seconds) < 2:
        [only] = seconds or [0.0]
        return Recovery(fault, times, len(seconds), only, only, only)
    cuts = quantiles(seconds, n=20, method="inclusive")
    return Recovery(fault, times, len(seconds), cuts[9], cuts[18], seconds[-1])
