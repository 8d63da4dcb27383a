"""A case at every status, as today's code brings it there, and what brings it on from there."""

from collections.abc import Callable, Mapping
from typing import Final
from uuid import UUID

from infra.cancelling import cancel_case
from infra.errors import PermanentError
from infra.intake.supplying import Supplied, supply_documents
from infra.payments.reprocessing import reprocess
from infra.payments.reviews import close_review
from infra.payments.standings import Selection, preview
from infra.sandbox.troubles import Trouble
from models.case import CASE, CaseStatus
from models.money import Money
from models.payments.attempt import AttemptState, PaymentAttempt
from models.payments.review import ReviewItem
from models.service import Service
from models.states import Party
from tests.uploads import picture
from tests.world import World

_S: Final = CaseStatus
_MOST_STEPS: Final = 12


def _plainly(status: CaseStatus) -> Callable[[World], UUID]:
    return lambda world: world.at(status)


def _without_passport(world: World) -> UUID:
    return world.at(_S.DOCUMENTS_NEEDED, world.draft(without=frozenset({(1, "passport")})))


def _rejected(world: World) -> UUID:
    case_id = world.at(_S.RELEASED, world.draft(Service.INDIVIDUAL, world.person(18, Trouble.COURT_JUDGMENT)))
    assert world.run(case_id) is _S.REJECTED
    return case_id


def _cancelled(world: World) -> UUID:
    case_id = world.at(_S.SUBMITTED)
    cancel_case(world.ports, world.case(case_id).reference, actor="tester", reason="asked for")
    return case_id


def _at_the_bank(world: World) -> UUID:
    case_id = world.at(_S.AWAITING_PAYMENT)
    world.start(case_id)
    return case_id


def _being_verified(world: World) -> UUID:
    case_id = world.at(_S.AWAITING_PAYMENT)
    world.notify(world.gateway.captures(world.start(case_id).trackid))
    return case_id


def _another_sum(world: World) -> UUID:
    case_id = world.at(_S.AWAITING_PAYMENT)
    attempt = world.start(case_id)
    world.gateway.captures(attempt.trackid, amount=Money(attempt.amount_fils + 1))
    assert world.settle(attempt) is AttemptState.MISMATCH
    return case_id


def _refused(before: CaseStatus) -> Callable[[World], UUID]:
    def make(world: World) -> UUID:
        case_id = world.at(before)
        world.registries.trouble = PermanentError("no")
        world.step(case_id)
        world.registries.trouble = None
        return case_id

    return make


TALES: Final[Mapping[str, Callable[[World], UUID]]] = {
    **{
        status.value: _plainly(status)
        for status in (
            *(_S.SUBMITTED, _S.RELEASED, _S.IDENTIFIED, _S.DOCUMENTED, _S.QUOTED),
            *(_S.AWAITING_PAYMENT, _S.PAID, _S.EXTENDED, _S.COMPLETED),
        )
    },
    "documents_needed": _without_passport,
    "rejected": _rejected,
    "cancelled": _cancelled,
    "awaiting_payment, payer at the bank": _at_the_bank,
    "awaiting_payment, being verified": _being_verified,
    "payment_review": _another_sum,
    "registry_refused": _refused(_S.RELEASED),
    "renewal_refused": _refused(_S.PAID),
}


def carry_to_its_end(world: World, case_id: UUID) -> CaseStatus:
    """Do what the worker, the payer, the applicant and staff would; where the case then stays."""
    for _ in range(_MOST_STEPS):
        status = world.run(case_id)
        if CASE.waits_on[status] is Party.NOBODY:
            return status
        _BRING_ON[status](world, case_id)
    return world.status(case_id)


def _pay(world: World, case_id: UUID) -> None:
    """A payer who is at the bank goes on there; one whose payment is verified waits."""
    live = [each for each in world.attempts(case_id) if each.state is not AttemptState.MISMATCH]
    attempt: PaymentAttempt = live[-1] if live else world.start(case_id)
    if attempt.state is not AttemptState.VERIFYING:
        world.notify(world.gateway.captures(attempt.trackid, amount=Money(attempt.amount_fils)))
    world.come_back(attempt)


def _supply(world: World, case_id: UUID) -> None:
    supply_documents(
        world.ports, world.case(case_id).reference, [Supplied("p1", "passport", picture())], actor="applicant"
    )


def _retry(world: World, case_id: UUID) -> None:
    plans = preview(world.ports, Selection(references=(world.case(case_id).reference,)))
    reprocess(world.ports, plans, actor="sara")


def _give_back_and_close(world: World, case_id: UUID) -> None:
    """The other sum goes back by itself; then the question is closed, and the payer may pay again."""
    world.clock.advance(seconds=61)
    world.settle_all()
    for item in world.rows(ReviewItem, order_id=world.order(case_id).id, resolved_at=None):
        close_review(world.ports, item.id, actor="sara", resolution="the payer was told")


_BRING_ON: Final[Mapping[CaseStatus, Callable[[World, UUID], object]]] = {
    _S.SUBMITTED: lambda world, case_id: world.release(case_id),
    _S.DOCUMENTS_NEEDED: _supply,
    _S.AWAITING_PAYMENT: _pay,
    _S.PAYMENT_REVIEW: _give_back_and_close,
    _S.REGISTRY_REFUSED: _retry,
    _S.RENEWAL_REFUSED: _retry,
}
