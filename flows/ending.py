"""How a renewal's run ends, so that the Prefect UI reads like the work itself."""

from typing import Any, Final
from uuid import UUID, uuid4

from prefect.client.schemas.objects import State
from prefect.flow_runs import asuspend_flow_run
from prefect.states import Completed, Failed

from infra.remedies import MANAGE
from infra.workflows import HELD
from models.case import CASE, CaseStatus
from models.states import Party
from tasks.artifacts import publish_case_artifact
from tasks.step import still_ours

_PERSONS: Final = frozenset({Party.APPLICANT, Party.PAYER})
_NAMES: Final = {
    CaseStatus.COMPLETED: "Completed",
    CaseStatus.REJECTED: "Rejected",
    CaseStatus.CANCELLED: "Cancelled",
    CaseStatus.PAYMENT_REVIEW: "PaymentReview",
    CaseStatus.REGISTRY_REFUSED: "RegistryRefused",
    CaseStatus.RENEWAL_REFUSED: "RenewalRefused",
}
_STUCK: Final = "Stuck"
STAFF_MUST_ACT: Final = frozenset(
    {_STUCK, HELD, *(name for status, name in _NAMES.items() if CASE.waits_on[status] is Party.STAFF)}
)
"""The names of *Failed*: a person of ours is needed."""


async def conclude(case_id: UUID, status: CaseStatus) -> State[Any]:
    """*Suspended* while a person is awaited, *Failed* by name when staff must act, *Completed* when all is done.

    Each suspension has a key of its own: Prefect passes over a key that it has seen, also after a Retry from the UI.
    """
    await publish_case_artifact(case_id)
    await still_ours()
    party = CASE.waits_on[status]
    if party in _PERSONS:
        await asuspend_flow_run(key=uuid4().hex)
    message = f"The case is {status.value}; it waits for {party.value}."
    if party is Party.NOBODY:
        return Completed(name=_NAMES[status], message=message)
    return Failed(name=_NAMES.get(status, _STUCK), message=message)


async def conclude_held(case_id: UUID) -> State[Any]:
    """*Failed* as `Held`: staff stopped the case, and only staff let it go on. Who and why is not told to Prefect."""
    await publish_case_artifact(case_id)
    await still_ours()
    return Failed(
        name=HELD, message=f"Staff hold the case; `{MANAGE} status REFERENCE` says who and why, `unhold` lets it go on."
    )
