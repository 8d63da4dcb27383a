"""Where applicants hand in, try again when nobody answers, and where one sees how far their cases are."""

import time
from collections.abc import Iterator
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
from models.states import Party
from tests.storm.bed import Bed
from tests.storm.payers import Payers
from tests.storm.people import Applicant, make_applicants

_MOST: Final = 100_000
_AGAIN_SECONDS: Final = 0.3
_WAITING: Final = frozenset({OrderStatus.OPEN, OrderStatus.IN_PROGRESS})
_ENDED: Final = tuple(each for each in CaseStatus if CASE.is_final(each))


class Counter:
    """`applicants` by the reference of their case."""

    def __init__(self, bed: Bed, *, chance: Random) -> None:
        self._bed = bed
        self._arriving: Iterator[Applicant] = make_applicants(_MOST, on=kuwait_date(now()), chance=chance)
        self.applicants: dict[str, Applicant] = {}

    def admit(self, number: int) -> None:
        for applicant in islice(self._arriving, number):
            self.applicants[self._submit(applicant)] = applicant

    def ended(self, payers: Payers) -> int | None:
        """How many cases have ended; sends payers to the orders that wait. None while the database is away."""
        mine = col(Case.reference).in_(list(self.applicants))
        try:
            with Session(self._bed.ports.engine) as session:
                done = session.exec(select(Case.id).where(mine, col(Case.status).in_(_ENDED))).all()
                for order_id, reference in session.exec(_waiting_orders().where(mine)):
                    payers.send(order_id, self.applicants[reference].tries)
                left = session.exec(select(Case.reference).where(mine, col(Case.status) == CaseStatus.SUBMITTED)).all()
            self._release(list(left))
        except InfraError:
            return None
        return len(done)

    def waiting_on_us(self) -> frozenset[UUID]:
        try:
            with Session(self._bed.ports.engine) as session:
                ours = col(Case.status).in_(CASE.waiting_on(Party.US))
                return frozenset(session.exec(select(Case.id).where(ours)))
        except InfraError:
            return frozenset()

    def _submit(self, applicant: Applicant) -> str:
        """As a person would: again after trouble; whose case was taken in all the same is told its reference."""
        while True:
            self._bed.tend()
            try:
                person = applicant.passerby.resident.model_dump(mode="json")
                httpx.post(f"{self._bed.sandbox}/__sandbox__/people", json=[person], timeout=30).raise_for_status()
                application = applicant.passerby.folder.application
                text = application.model_dump_json(exclude_unset=True, exclude_none=True)
                files = {APPLICATION: text.encode(), **applicant.passerby.folder.files}
                [reference] = submit(self._bed.ports, files, channel=Channel.FOLDER).references
                self._release([reference])
            except InputError as error:
                return error.message.partition(" as ")[2].partition(";")[0]
            except (httpx.HTTPError, InfraError):
                time.sleep(_AGAIN_SECONDS)
            else:
                return reference

    def _release(self, references: list[str]) -> None:
        """Also what was taken in and whose release failed: staff look at the queue and release again."""
        if references:
            release_cases(self._bed.ports, actor="storm", limit=len(references), references=references)


def _waiting_orders() -> Any:
    return (
        select(PaymentOrder.id, Case.reference)
        .join(OrderLine, col(OrderLine.order_id) == col(PaymentOrder.id))
        .join(Case, col(Case.id) == col(OrderLine.case_id))
        .where(col(PaymentOrder.status).in_(_WAITING))
    )
