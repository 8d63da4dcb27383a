"""A storm: applicants arrive, payers pay, faults strike by a seed, until every case has ended or time is over."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from random import Random
from typing import Any, Final
from uuid import UUID

import httpx
from sqlmodel import Session, col, select

from infra.clock import kuwait_date, now
from infra.errors import InfraError
from infra.intake import submit
from infra.intake.reading import APPLICATION
from infra.queue import release_cases
from models.case import CASE, Case, CaseStatus, Channel
from models.errors import InputError
from models.payments.order import OrderLine, OrderStatus, PaymentOrder
from tests.storm.bed import VICTIMS, Bed, Way
from tests.storm.payers import Payers
from tests.storm.people import Applicant, make_applicants

STOPPED_SECONDS: Final = 20.0
"""Longer than a worker's life: what it still writes when it goes on must be refused."""

_WAITING: Final = frozenset({OrderStatus.OPEN, OrderStatus.IN_PROGRESS})
_STORED: Final = ("postgres", "minio", "sandbox")
_TICK: Final = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """`at_once` faults every `apart` seconds, until all `cases` have ended or none has for `patience` seconds."""

    seed: int
    cases: int
    at_once: int
    apart: float
    victims: tuple[str, ...] = VICTIMS
    ways: tuple[Way, ...] = ("kill", "stop")
    in_flight: int = 24
    patience: float = 240.0


@dataclass
class Storm:
    bed: Bed
    plan: Plan
    applicants: dict[str, Applicant] = field(default_factory=dict)  # by reference
    in_flight: list[tuple[float, str, frozenset[UUID]]] = field(default_factory=list)  # when what struck whom

    def rage(self, tell: Callable[[int, int], None]) -> None:
        """From one thread: processes are started again in it."""
        chance = Random(self.plan.seed)  # noqa: S311 - the same storm from the same seed
        arriving = make_applicants(self.plan.cases, on=kuwait_date(now()), chance=chance)
        payers = Payers(self.bed.ports.settings.public_url, chance=chance)
        struck, moved, done = time.monotonic(), time.monotonic(), 0
        try:
            while done < self.plan.cases:
                self.bed.tend()
                ended, before = self._look(payers), done
                done = before if ended is None else ended
                tell(done, self.plan.cases)
                moved = time.monotonic() if done > before or len(self.applicants) < self.plan.cases else moved
                if time.monotonic() - moved > self.plan.patience:
                    return
                self._admit(arriving, room=self.plan.in_flight - (len(self.applicants) - done))
                if time.monotonic() - struck > self.plan.apart and self.applicants and self._is_worth_it(done):
                    self._strike(chance)
                    struck = time.monotonic()
                time.sleep(_TICK)
        finally:
            self._calm()
            payers.close()

    def _is_worth_it(self, done: int) -> bool:
        """No fault any more when nearly all have ended: the last ones must come through in peace."""
        return done < self.plan.cases - self.plan.in_flight // 2

    def _strike(self, chance: Random) -> None:
        well = [each for each in self._victims() if not self.bed.is_struck(each)]
        for victim in chance.sample(well, min(self.plan.at_once, len(well))):
            way = chance.choice(self.plan.ways)
            flying = self._flying() if not self.bed.is_struck("postgres") else frozenset()
            fault = self.bed.strike(victim, way, seconds=STOPPED_SECONDS if victim.startswith("worker") else 8.0)
            self.in_flight.append((fault.at, f"{victim} {way}", flying))

    def _victims(self) -> Iterator[str]:
        """Of the workers the one or the other."""
        for each in self.plan.victims:
            yield each
            if each == "worker":
                yield "worker-2"

    def _admit(self, arriving: Iterator[Applicant], *, room: int) -> None:
        if room <= 0 or any(self.bed.is_struck(each) for each in _STORED):
            return
        for applicant in islice(arriving, min(room, 4)):
            self.applicants[self._submit(applicant)] = applicant

    def _submit(self, applicant: Applicant) -> str:
        """As a person would: again after trouble; whose case was taken in all the same is told its reference."""
        while True:
            self.bed.tend()
            try:
                person = applicant.passerby.resident.model_dump(mode="json")
                httpx.post(f"{self.bed.sandbox}/__sandbox__/people", json=[person], timeout=30).raise_for_status()
                application = applicant.passerby.folder.application
                text = application.model_dump_json(exclude_unset=True, exclude_none=True)
                files = {APPLICATION: text.encode(), **applicant.passerby.folder.files}
                [reference] = submit(self.bed.ports, files, channel=Channel.FOLDER).references
                release_cases(self.bed.ports, actor="storm", limit=1, references=[reference])
            except InputError as error:
                return error.message.partition(" as ")[2].partition(";")[0]
            except (httpx.HTTPError, InfraError):
                time.sleep(_TICK)
            else:
                return reference

    def _look(self, payers: Payers) -> int | None:
        """How many cases have ended; sends payers to the orders that wait. None while the database is away."""
        try:
            with Session(self.bed.ports.engine) as session:
                ended = [each for each in CaseStatus if CASE.is_final(each)]
                mine = col(Case.reference).in_(list(self.applicants))
                done = session.exec(select(Case.id).where(mine, col(Case.status).in_(ended))).all()
                for order_id, reference in session.exec(_waiting_orders().where(mine)):
                    payers.send(order_id, self.applicants[reference].tries)
                self._release_left_behind(session)
                return len(done)
        except InfraError:
            return None

    def _release_left_behind(self, session: Session) -> None:
        """Taken in, but the release failed: staff look at the queue and release again."""
        waiting = select(Case.reference).where(
            col(Case.reference).in_(list(self.applicants)), col(Case.status) == CaseStatus.SUBMITTED
        )
        left = list(session.exec(waiting))
        if left:
            release_cases(self.bed.ports, actor="storm", limit=len(left), references=left)

    def _flying(self) -> frozenset[UUID]:
        """The cases that wait on us at this moment."""
        ours = [each for each, party in CASE.waits_on.items() if party.value == "us"]
        try:
            with Session(self.bed.ports.engine) as session:
                return frozenset(session.exec(select(Case.id).where(col(Case.status).in_(ours))))
        except InfraError:
            return frozenset()

    def _calm(self) -> None:
        """Everything runs again."""
        end = time.monotonic() + 60
        while any(not fault.over for fault in self.bed.faults) and time.monotonic() < end:
            self.bed.tend()
            time.sleep(_TICK)


def _waiting_orders() -> Any:
    return (
        select(PaymentOrder.id, Case.reference)
        .join(OrderLine, col(OrderLine.order_id) == col(PaymentOrder.id))
        .join(Case, col(Case.id) == col(OrderLine.case_id))
        .where(col(PaymentOrder.status).in_(_WAITING))
    )
