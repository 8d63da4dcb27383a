"""The people of the run: applicants whose cases are filed beforehand, and payers who do not give up."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event, Thread
from typing import Final, Self, TypeVar
from uuid import UUID

import httpx
from sqlmodel import col, select

from benchmarks.machines.bed import Bed
from infra.database import fetch, unit_of_work
from infra.demo.crowd import Passerby
from infra.errors import PermanentError, TransientError
from infra.intake import submit
from infra.intake.reading import APPLICATION
from infra.sandbox.payer import Behaviour, pay
from infra.wiring import Ports
from models.case import Channel
from models.payments.order import OrderStatus, PaymentOrder

_AT_ONCE: Final = 16
_LOOK_AGAIN: Final = 0.2
_PRESS_AGAIN: Final = 1.0
_PATIENCE: Final = 240.0
_PAYABLE: Final = frozenset({OrderStatus.OPEN, OrderStatus.IN_PROGRESS})
Answer = TypeVar("Answer")


def patiently(ask: Callable[[], Answer]) -> Answer:
    """The answer, as soon as the database gives one."""
    end = time.monotonic() + _PATIENCE
    while True:
        try:
            return ask()
        except TransientError:
            if time.monotonic() > end:
                raise
            time.sleep(_LOOK_AGAIN)


def file_cases(bed: Bed, people: Sequence[Passerby]) -> list[str]:
    """Submitted, and waiting in the queue; returns their references."""
    residents = [each.resident.model_dump(mode="json") for each in people]
    httpx.post(f"{bed.sandbox}/__sandbox__/people", json=residents, timeout=60).raise_for_status()
    return [_file(bed.ports, each) for each in people]


def _file(ports: Ports, passerby: Passerby) -> str:
    application = passerby.folder.application.model_dump_json(exclude_unset=True, exclude_none=True)
    files = {APPLICATION: application.encode(), **passerby.folder.files}
    [reference] = submit(ports, files, channel=Channel.FOLDER).references
    return reference


class Payers:
    """As a context manager: whoever has an order to pay pays it, and tries again for as long as it is not paid."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports
        self._over = Event()
        self._hands = ThreadPoolExecutor(_AT_ONCE)
        self._watch = Thread(target=self._look, name="payers")
        self._paying: dict[UUID, Future[None]] = {}

    def __enter__(self) -> Self:
        self._watch.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._over.set()
        self._watch.join()
        self._hands.shutdown()

    def _look(self) -> None:
        while not self._over.wait(_LOOK_AGAIN):
            for order in patiently(self._open) - self._paying.keys():
                self._paying[order] = self._hands.submit(self._pay, order)

    def _open(self) -> set[UUID]:
        with unit_of_work(self._ports.engine) as session:
            return set(session.exec(select(PaymentOrder.id).where(col(PaymentOrder.status) == OrderStatus.OPEN)))

    def _pay(self, order: UUID) -> None:
        end = time.monotonic() + _PATIENCE
        while time.monotonic() < end and not self._over.is_set():
            try:
                pay(f"{self._ports.settings.public_url}/pay/{order}", Behaviour.APPROVE)
            except (httpx.HTTPError, PermanentError):  # a page that does not come, or has nothing to press
                time.sleep(_PRESS_AGAIN)
            if patiently(lambda: self._status(order)) not in _PAYABLE:
                return

    def _status(self, order: UUID) -> OrderStatus:
        with unit_of_work(self._ports.engine) as session:
            return fetch(session, PaymentOrder, order).status
