"""Nobody is asked to act while staff hold the case; afterwards once, by the newest message, if it is still true."""

from uuid import UUID

import pytest

from infra.database import locked, unit_of_work
from infra.errors import TransientError
from infra.holding import hold_case, unhold_case
from infra.intake.supplying import Supplied, supply_documents
from infra.messages.sending import WORTH, send_due
from models.case import Case, CaseEvent, CaseStatus
from models.history import Act
from models.message import Message, MessageKind, MessageOutcome
from tests.uploads import picture
from tests.world import World

K, S, M = MessageKind, CaseStatus, MessageOutcome
NO_PASSPORT = frozenset({(1, "passport")})


def send_all(world: World) -> None:
    while send_due(world.ports):
        pass


def outcomes(world: World) -> list[MessageOutcome | None]:
    return [each.outcome for each in world.rows(Message)]


def hold(world: World, *case_ids: UUID) -> None:
    for case_id in case_ids:
        hold_case(world.ports, case_id=case_id, actor="sara", reason="a letter is expected")


def let_go(world: World, *case_ids: UUID) -> None:
    for case_id in case_ids:
        unhold_case(world.ports, case_id=case_id, actor="omar", reason="the letter came")


@pytest.mark.parametrize("kind", [K.PAYMENT_ASKED, K.DOCUMENTS_NEEDED])
def test_who_would_be_asked_to_act_is_asked_once_when_the_case_is_let_go(world: World, kind: MessageKind) -> None:
    missing = kind is K.DOCUMENTS_NEEDED
    case_id = (
        world.at(S.DOCUMENTS_NEEDED, world.draft(without=NO_PASSPORT)) if missing else world.at(S.AWAITING_PAYMENT)
    )
    hold(world, case_id)
    send_all(world)
    world.clock.advance(days=2)
    send_all(world)
    assert (world.messages.tries, outcomes(world)) == ([], [None])
    let_go(world, case_id)
    send_all(world)
    assert (world.messages.kinds(), outcomes(world)) == ([kind], [M.SENT])


def test_what_is_no_longer_true_is_not_asked_for(world: World) -> None:
    case_id = world.at(S.DOCUMENTS_NEEDED, world.draft(without=NO_PASSPORT))
    hold(world, case_id)
    send_all(world)
    supplied = [Supplied("p1", "passport", picture())]
    supply_documents(world.ports, world.case(case_id).reference, supplied, actor="applicant")
    let_go(world, case_id)
    send_all(world)
    assert (world.messages.tries, outcomes(world)) == ([], [M.OUT_OF_DATE])


def test_of_several_that_waited_only_the_newest_is_sent(world: World) -> None:
    case_id = world.at(S.AWAITING_PAYMENT)
    hold(world, case_id)
    for event in (CaseEvent.REVIEW_PAYMENT, CaseEvent.RETRY):
        world.clock.advance(minutes=5)
        with unit_of_work(world.ports.engine) as session:
            session.add(locked(session, Case, case_id).apply(event, Act(actor="tester", at=world.clock())))
    send_all(world)
    let_go(world, case_id)
    send_all(world)
    assert world.messages.kinds() == [K.PAYMENT_ASKED_AGAIN]
    assert outcomes(world) == [M.OUT_OF_DATE, M.SENT]


def test_a_batch_is_asked_while_one_of_its_rows_goes_on(world: World) -> None:
    cases = world.submitted(world.company(world.person(), world.person()))
    world.release(limit=10)
    for case_id in cases:
        world.run(case_id)
    hold(world, *cases)
    send_all(world)
    assert world.messages.tries == []
    let_go(world, cases[0])
    send_all(world)
    assert world.messages.kinds() == [K.PAYMENT_ASKED]


def test_a_long_hold_does_not_make_the_news_old(world: World) -> None:
    case_id = world.at(S.AWAITING_PAYMENT)
    hold(world, case_id)
    world.clock.advance(days=WORTH.days + 1)
    let_go(world, case_id)
    world.messages.trouble = TransientError("silent")
    assert send_due(world.ports) == 1
    world.messages.trouble = None
    world.clock.advance(minutes=5)
    send_all(world)
    assert outcomes(world) == [M.SENT]
