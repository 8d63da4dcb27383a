"""The renewal: six steps, from an identity to a receipt; the database says where a case stands."""

from typing import Any
from uuid import UUID

from prefect import flow
from prefect.client.schemas.objects import State

from flows.ending import conclude
from models.case import CaseStatus as Status
from tasks.documents import collect_documents
from tasks.extension import extend_residency
from tasks.fees import compute_fee
from tasks.identity import validate_identity
from tasks.payment import take_payment
from tasks.receipt import render_receipt
from tasks.standing import take_up


@flow(name="renewal", validate_parameters=False, persist_result=False)
async def renewal(case_id: str) -> State[Any]:
    """Carry one case as far as it can go: to its receipt, to its refusal, or to the next wait for a person.

    Started, woken and retried as often as anybody likes: each step looks whether its work is done already.
    """
    case = UUID(case_id)
    status = await take_up(case)
    if status is Status.RELEASED:
        status = await validate_identity(case)
    if status is Status.IDENTIFIED:
        status = await collect_documents(case)
    if status is Status.DOCUMENTED:
        status = await compute_fee(case)
    if status is Status.QUOTED:
        status = await take_payment(case)
    if status is Status.PAID:
        status = await extend_residency(case)
    if status is Status.EXTENDED:
        status = await render_receipt(case)
    return await conclude(case, status)
