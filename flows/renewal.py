"""The renewal: six steps, from an identity to a receipt; the database says where a case stands."""

import os
from pathlib import Path
from typing import Any
from uuid import UUID

from prefect import flow
from prefect.client.schemas.objects import State

from flows.ending import conclude, conclude_held
from models.case import CaseStatus
from tasks.documents import collect_documents
from tasks.extension import extend_residency
from tasks.fees import compute_fee
from tasks.identity import validate_identity
from tasks.payment import take_payment
from tasks.receipt import render_receipt
from tasks.standing import take_up


# Nothing is kept, but without a place for results the engine asks the server for one, and blocks meanwhile.
@flow(name="renewal", validate_parameters=False, persist_result=False, result_storage=Path(os.devnull))
async def renewal(case_id: str) -> State[Any]:
    """Carry one case as far as it can go: to its receipt, to its refusal, or to the next wait for a person.

    Started, woken and retried as often as anybody likes: each step looks whether its work is done already.
    """
    case = UUID(case_id)
    status = await take_up(case)
    return await conclude_held(case) if status is None else await conclude(case, await _carry_on(case, status))


async def _carry_on(case: UUID, status: CaseStatus) -> CaseStatus:
    if status is CaseStatus.RELEASED:
        status = await validate_identity(case)
    if status is CaseStatus.IDENTIFIED:
        status = await collect_documents(case)
    if status is CaseStatus.DOCUMENTED:
        status = await compute_fee(case)
    if status is CaseStatus.QUOTED:
        status = await take_payment(case)
    if status is CaseStatus.PAID:
        status = await extend_residency(case)
    if status is CaseStatus.EXTENDED:
        status = await render_receipt(case)
    return status
