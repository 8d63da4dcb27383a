"""`python -m benchmarks.plain_loop`: the same steps called in a loop, to hold an engine against."""

from typing import Final
from uuid import UUID

import anyio
import structlog
from anyio import CapacityLimiter, to_thread
from sqlmodel import Session, col, select

from benchmarks.beside import beside_the_runs
from infra.log import set_up
from infra.wiring import ports
from models.case import CASE, Case, CaseStatus
from models.states import Party
from tasks.documents import collect_documents
from tasks.extension import extend_residency
from tasks.fees import compute_fee
from tasks.identity import validate_identity
from tasks.payment import take_payment
from tasks.receipt import render_receipt

_S: Final = CaseStatus
_STEPS: Final = {
    _S.RELEASED: validate_identity,
    _S.IDENTIFIED: collect_documents,
    _S.DOCUMENTED: compute_fee,
    _S.QUOTED: take_payment,
    _S.PAID: extend_residency,
    _S.EXTENDED: render_receipt,
}


async def main() -> None:
    structlog.get_logger().info("loop_started")
    worker = ports().settings.worker
    async with anyio.create_task_group() as group:
        group.start_soon(beside_the_runs, ports())
        hands, taken = CapacityLimiter(worker.slots), set[UUID]()
        while True:
            for case_id, status in await to_thread.run_sync(_waiting):
                if case_id not in taken:
                    taken.add(case_id)
                    group.start_soon(_carry, case_id, status, hands, taken)
            await anyio.sleep(worker.poll_seconds / 4)


def _waiting() -> list[tuple[UUID, CaseStatus]]:
    with Session(ports().engine) as session:
        ours = col(Case.status).in_(CASE.waiting_on(Party.US))
        return [(case_id, status) for case_id, status in session.exec(select(Case.id, Case.status).where(ours))]


async def _carry(case_id: UUID, status: CaseStatus, hands: CapacityLimiter, taken: set[UUID]) -> None:
    async with hands:
        while status in _STEPS:
            status = await _STEPS[status].fn(case_id)
    taken.discard(case_id)


if __name__ == "__main__":
    set_up(json=True)
    anyio.run(main)
