"""Tells the demo's stories: submits each application, lets its payer act, and waits until it has ended as it must."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Event
from typing import Final

from sqlmodel import col, select

from infra.database import all_of, unit_of_work
from infra.demo.stories import Story
from infra.intake import Submitted, submit
from infra.intake.reading import read_folder
from infra.payments.orders import order_of
from infra.queue import release_cases
from infra.sandbox.payer import Behaviour, pay
from infra.wiring import Ports
from models.case import Case, CaseStatus, Channel
from models.errors import CaseworkError
from models.payments.attempt import LIVE, PaymentAttempt
from models.payments.order import OrderStatus, PaymentOrder

_PATIENCE: Final = 120.0
_GLANCE: Final = 0.1


class StoryError(CaseworkError):
    """A story of the demo did not end as it must."""


@dataclass(frozen=True, slots=True)
class Told:
    """A story and the cases that it became."""

    story: Story
    references: list[str]


def tell(ports: Ports, folder: Path, stories: tuple[Story, ...], *, on_told: Callable[[Told], None]) -> list[Told]:
    """Submit all, release all, then let every payer act at the same time, as on an ordinary day."""
    submitted = [
        (story, submit(ports, read_folder(folder / story.folder), channel=Channel.FOLDER)) for story in stories
    ]
    references = [reference for _, each in submitted for reference in each.references]
    release_cases(ports, actor="demo", limit=len(references), references=references)
    interrupted = Event()
    with ThreadPoolExecutor(max_workers=len(stories)) as payers:
        futures = [payers.submit(_tell_one, ports, story, each, interrupted) for story, each in submitted]
        told = []
        try:
            for future in futures:
                told.append(future.result())
                on_told(told[-1])
        finally:
            interrupted.set()  # whoever ends the demo early does not wait for the other payers
    return told


def _tell_one(ports: Ports, story: Story, submitted: Submitted, interrupted: Event) -> Told:
    for behaviour in story.payer:
        order = _payable_order(ports, story, submitted, interrupted)
        pay(f"{ports.settings.public_url}/pay/{order.id}", behaviour)
        if behaviour is not Behaviour.APPROVE:
            _await(partial(_is_settled, ports, order), story, "the attempt to be settled", interrupted)
    _await(lambda: _counts(ports, submitted) == story.expected, story, f"the end {story.expected}", interrupted)
    return Told(story, submitted.references)


def _payable_order(ports: Ports, story: Story, submitted: Submitted, interrupted: Event) -> PaymentOrder:
    found: list[PaymentOrder] = []

    def look() -> bool:
        with unit_of_work(ports.engine) as session:
            orders = [order_of(session, case) for case in _cases(ports, submitted)]
        found[:] = [order for order in orders if order is not None and order.status is OrderStatus.OPEN]
        return bool(found)

    _await(look, story, "an order to pay", interrupted)
    return found[0]


def _is_settled(ports: Ports, order: PaymentOrder) -> bool:
    with unit_of_work(ports.engine) as session:
        attempts = all_of(session, PaymentAttempt, order_id=order.id)
    return all(attempt.state not in LIVE for attempt in attempts)


def _cases(ports: Ports, submitted: Submitted) -> list[Case]:
    with unit_of_work(ports.engine) as session:
        return list(session.exec(select(Case).where(col(Case.reference).in_(submitted.references))))


def _counts(ports: Ports, submitted: Submitted) -> dict[CaseStatus, int]:
    statuses = [case.status for case in _cases(ports, submitted)]
    return {status: statuses.count(status) for status in statuses}


def _await(condition: Callable[[], bool], story: Story, what: str, interrupted: Event) -> None:
    for _ in _glances():
        if interrupted.is_set():
            break
        if condition():
            return
    raise StoryError(f"story {story.folder!r} waited {_PATIENCE:.0f} s in vain for {what}")


def _glances() -> Iterator[None]:
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end:
        yield
        time.sleep(_GLANCE)
