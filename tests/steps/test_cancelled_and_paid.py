"""The money of a case that is cancelled: it goes back, or staff are asked why it stays."""

from datetime import timedelta
from uuid import UUID

import pytest

from infra.cancelling import cancel_case
from infra.errors import PermanentError
from infra.payments.refund_requests import approve_refund, refuse_refund, request_refund
from infra.payments.reviews import close_review
from models.case import CaseStatus
from models.errors import RuleError
from models.money import Money
from models.payments.evidence import EvidenceOutcome
from models.payments.ledger import LedgerAccount, LedgerEntry
from models.payments.order import OrderStatus
from models.payments.refund import Refund, RefundState
from models.payments.review import ReviewItem, ReviewKind
from tests.settlement import DAY, File
from tests.world import World

_R, _S = RefundState, CaseStatus


def refused_and_cancelled(world: World, case_id: UUID) -> Refund:
    """Cancelled by Sara, who has thereby asked for its share."""
    world.registries.trouble = PermanentError("this person may not be renewed")
    assert world.run(case_id) is _S.RENEWAL_REFUSED
    world.registries.trouble = None
    cancel_case(world.ports, world.case(case_id).reference, actor="sara", reason="the registry refuses for good")
    [refund] = world.rows(Refund, case_id=case_id)
    return refund


def asked_about(world: World) -> list[ReviewItem]:
    return world.rows(ReviewItem, kind=ReviewKind.CANCELLED_PAID, resolved_at=None)


def close_reversed(world: World) -> None:
    [item] = world.rows(ReviewItem, kind=ReviewKind.REVERSED, resolved_at=None)
    close_review(world.ports, item.id, actor="sara", resolution="the payer was told")


@pytest.fixture
def rows(world: World) -> list[UUID]:
    """Two rows of a company that were paid together; the first is cancelled, and then the bank takes it all back."""
    cases = world.submitted(world.company(*[world.person() for _ in range(2)]))
    world.release()
    for case_id in cases:
        world.run(case_id)
    first = world.pay(cases[0])
    refused_and_cancelled(world, cases[0])
    File().sale(first, reversed_=True).taken_in(world)
    close_reversed(world)
    assert world.order(cases[0]).status is OrderStatus.OPEN
    world.clock.advance(minutes=1)
    return cases


def test_what_is_paid_again_for_a_cancelled_row_is_asked_back(world: World, rows: list[UUID]) -> None:
    world.pay(rows[1])
    [refund] = world.rows(Refund, state=_R.REQUESTED)
    [item] = asked_about(world)
    assert (refund.case_id, item.note) == (rows[0], world.case(rows[0]).reference)
    assert world.run(rows[1]) is _S.COMPLETED
    approve_refund(world.ports, refund.id, actor="omar")
    with pytest.raises(RuleError, match="close this item when it has succeeded"):
        close_review(world.ports, item.id, actor="sara", resolution="on its way")
    world.settle_all()
    assert [each.fils for each in world.gateway.returned.values()] == [refund.amount_fils]
    close_review(world.ports, item.id, actor="sara", resolution="its share went back")
    assert [world.status(each) for each in rows] == [_S.CANCELLED, _S.COMPLETED]


def test_a_payment_that_pays_nothing_goes_back_whole_and_asks_for_no_share(world: World, rows: list[UUID]) -> None:
    again = world.start(rows[1])
    world.notify(world.gateway.refuses(again.trackid, EvidenceOutcome.DECLINED))
    world.settle(again)
    world.pay(rows[1])
    [refund] = world.rows(Refund, state=_R.REQUESTED)
    refuse_refund(world.ports, refund.id, actor="omar", reason="kept for a debt")
    world.notify(world.gateway.captures(again.trackid))
    world.clock.advance(minutes=3)
    world.settle(again)
    assert world.rows(Refund, state=_R.REQUESTED) == []
    assert [each.amount_fils for each in world.rows(Refund, automatic=True)] == [again.amount_fils]


def test_a_refund_of_a_cancelled_case_that_is_refused_is_asked_about(world: World) -> None:
    case_id = world.at(_S.PAID)
    refund = refused_and_cancelled(world, case_id)
    refuse_refund(world.ports, refund.id, actor="omar", reason="the wrong case")
    [item] = asked_about(world)
    assert (item.note, item.order_id) == (world.case(case_id).reference, world.order(case_id).id)
    left = Money(refund.amount_fils)
    again = request_refund(
        world.ports, refund.order_id, amount=None, believed_left=left, reason="cancelled", actor="sara", case_id=case_id
    )
    approve_refund(world.ports, again, actor="omar")
    world.settle_all()
    close_review(world.ports, item.id, actor="sara", resolution="it went back after all")
    assert world.order(case_id).status is OrderStatus.REFUNDED


def test_a_refund_of_a_case_that_goes_on_is_refused_without_a_question(world: World) -> None:
    case_id = world.at(_S.PAID)
    order = world.order(case_id)
    whole = Money(order.amount_fils)
    refund = request_refund(world.ports, order.id, amount=None, believed_left=whole, reason="by mistake", actor="sara")
    refuse_refund(world.ports, refund, actor="omar", reason="it is owed")
    assert world.rows(ReviewItem) == []


def test_money_under_no_payment_of_ours_is_returned_at_the_bank(world: World) -> None:
    case_id = world.at(_S.PAID)
    [attempt] = world.attempts(case_id)
    File().sale(attempt).taken_in(world, name="1.csv")
    another = File(day=DAY + timedelta(days=1)).sale(attempt, tranid="20999", paymentid="10999")
    another.taken_in(world, name="2.csv")
    [entry] = world.rows(LedgerEntry, credit=LedgerAccount.SUSPENSE)
    with pytest.raises(RuleError, match="return it in the bank's portal"):
        request_refund(
            world.ports,
            world.order(case_id).id,
            amount=None,
            believed_left=Money(entry.amount_fils),
            reason="charged twice",
            actor="sara",
            surplus=True,
        )
    assert world.rows(Refund) == []
