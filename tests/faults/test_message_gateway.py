"""Fault matrix 42: the message gateway is down, or its answers get lost. Nobody waits for it, nobody is told twice."""

from datetime import timedelta
from uuid import UUID

import pytest

from infra.errors import TransientError
from infra.messages.sending import LEASE, send_due
from models.case import CaseStatus
from models.message import Message, MessageKind, MessageOutcome
from tests.racing import at_once
from tests.world import World

S, K = CaseStatus, MessageKind


def a_renewal(world: World) -> UUID:
    return world.at(S.COMPLETED)


def until_all_is_sent(world: World) -> None:
    for _ in range(40):
        send_due(world.ports)
        world.clock.advance(hours=1)


def test_row_42_a_case_does_not_wait_for_a_gateway_that_is_down(world: World) -> None:
    world.messages.trouble = TransientError("down")
    case_id = a_renewal(world)
    send_due(world.ports)
    assert world.status(case_id) is S.COMPLETED
    assert world.messages.told == {}
    world.messages.trouble = None
    until_all_is_sent(world)
    assert world.messages.kinds() == [K.RECEIPT_ISSUED]  # that it be paid is not true any more


def test_row_42_a_lost_answer_is_asked_again_under_the_same_key_and_told_once(world: World) -> None:
    a_renewal(world)
    world.messages.lost_answer = TransientError("the answer got lost")
    send_due(world.ports)
    world.messages.lost_answer = None
    until_all_is_sent(world)
    assert len(world.messages.told) == 1
    assert len(world.messages.tries) == 2
    assert len(set(world.messages.tries)) == 1


def test_row_42_many_senders_at_once_take_up_other_messages(world: World) -> None:
    for _ in range(6):
        world.at(S.AWAITING_PAYMENT)
    done = at_once(*[lambda: send_due(world.ports)] * 4)
    assert not [each for each in done if isinstance(each, Exception)]
    assert sorted(world.messages.tries) == sorted(set(world.messages.tries))
    assert len(world.messages.told) == 6


def test_row_42_whoever_dies_with_a_message_in_hand_leaves_it_to_the_next(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.at(S.AWAITING_PAYMENT)

    class Killed(BaseException): ...

    def told_and_killed(_letter: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(world.messages, "send", told_and_killed)
        with pytest.raises(Killed):
            send_due(world.ports)
    assert send_due(world.ports) == 0  # not before the lease of the dead one is over
    world.clock.advance(seconds=(LEASE + timedelta(seconds=1)).total_seconds())
    assert send_due(world.ports) == 1
    assert [each.outcome for each in world.rows(Message)] == [MessageOutcome.SENT]


def test_row_42_one_that_cannot_be_worded_keeps_no_other_waiting(world: World) -> None:
    world.at(S.AWAITING_PAYMENT)
    world.at(S.AWAITING_PAYMENT)
    world.sql("update message set about_id = gen_random_uuid() where id = (select id from message limit 1)")
    assert send_due(world.ports) == 2
    assert len(world.messages.told) == 1
