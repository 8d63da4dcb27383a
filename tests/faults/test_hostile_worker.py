"""One payment that cannot be carried on, and a database that has no room: the others are settled all the same."""

from uuid import uuid4

import pytest

from infra.database import unit_of_work
from infra.errors import TransientError
from infra.payments.due import LEASE, settle_due
from models.case import CaseStatus
from models.payments.attempt import AttemptState, PaymentAttempt
from models.payments.order import PaymentOrder
from tests.world import World

_S = CaseStatus


def astray(world: World) -> PaymentAttempt:
    """A payment through a gateway that this installation has no more."""
    attempt = world.start(world.at(_S.AWAITING_PAYMENT))
    world.sql("update payment_attempt set gateway = 'gone' where id = :id", id=attempt.id)
    return attempt


@pytest.mark.parametrize("others", [0, 1])
def test_attempt_that_fails_in_an_unexpected_way_keeps_nobody_waiting(world: World, others: int) -> None:
    lost, good = astray(world), [world.at(_S.AWAITING_PAYMENT) for _ in range(others)]
    for each in good:
        world.paid_at_the_bank(world.start(each))
    world.clock.advance(minutes=1)
    assert lost.id in settle_due(world.ports).asked
    assert [world.status(each) for each in good] == [_S.PAID] * others
    assert settle_due(world.ports).asked == []
    world.clock.advance(seconds=LEASE.total_seconds())
    assert settle_due(world.ports).asked == [lost.id]


def test_orders_that_may_not_lapse_yet_take_no_place_from_those_that_may(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("infra.payments.due._BATCH", 1)
    lost, unpaid = astray(world), world.at(_S.AWAITING_PAYMENT)
    world.sql("update payment_attempt set state = 'abandoned' where id = :id", id=lost.id)
    world.sql("update payment_order set status = 'open', expires_at = now() - interval '9 days'")
    world.sql("update payment_order set expires_at = expires_at - interval '1 day' where id = :id", id=lost.order_id)
    world.clock.advance(minutes=1)
    assert settle_due(world.ports).lapsed == [world.order(unpaid).id]
    assert world.get(PaymentAttempt, lost.id).state is AttemptState.ABANDONED
    assert world.status(unpaid) is _S.CANCELLED


def test_no_free_connection_is_trouble_that_passes(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = world.ports.engine
    monkeypatch.setattr(engine.pool, "_timeout", 0.1)
    held = [engine.connect() for _ in range(engine.pool.size())]  # type: ignore[attr-defined]
    try:
        with pytest.raises(TransientError, match="no connection"), unit_of_work(engine) as session:
            session.get(PaymentOrder, uuid4())
        with pytest.raises(TransientError, match="no connection"):
            settle_due(world.ports)
    finally:
        for each in held:
            each.close()
    assert settle_due(world.ports).asked == []
