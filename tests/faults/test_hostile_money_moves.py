"""Money that the bank took back is not given back too; no refusal is read into noise; a hold costs no payer time."""

from uuid import UUID

import httpx
import pytest
from sqlalchemy.exc import DBAPIError

from infra.errors import UnknownOutcomeError
from infra.holding import hold_case, unhold_case
from infra.payments.refund_requests import approve_refund, request_refund
from infra.payments.refunding import send_refund
from infra.registries.http import HttpRegistries
from models.case import CaseStatus
from models.money import Money
from models.payments.attempt import AttemptState, PaymentAttempt
from models.payments.evidence import EvidenceOutcome
from models.payments.ledger import LedgerEntry, LedgerKind
from models.payments.refund import Refund, RefundState
from tests.world import World

_O, _S = EvidenceOutcome, CaseStatus


def approved(world: World, case_id: UUID) -> UUID:
    order = world.order(case_id)
    left = Money(order.amount_fils)
    key = request_refund(world.ports, order.id, amount=None, believed_left=left, reason="by mistake", actor="one")
    approve_refund(world.ports, key, actor="two")
    return key


def reversed_by_the_bank(world: World, attempt: PaymentAttempt) -> None:
    world.clock.advance(seconds=20)
    world.gateway.next_answers.append(_O.VOIDED)
    assert world.settle(attempt) is AttemptState.VOIDED


def test_refund_that_never_left_is_given_up_when_the_bank_took_the_payment_back_meanwhile(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    case_id = world.at(_S.PAID)
    [attempt] = world.attempts(case_id)
    key = approved(world, case_id)
    really = world.gateway.refund
    with monkeypatch.context() as patch:

        def refund(request: object) -> object:
            reversed_by_the_bank(world, attempt)
            world.gateway.next_refund_answers.append(_O.NOT_SENT)
            return really(request)  # type: ignore[arg-type]

        patch.setattr(world.gateway, "refund", refund)
        assert send_refund(world.ports, key, actor="worker") is RefundState.REJECTED
    world.clock.advance(minutes=10)
    world.settle_all()
    assert world.gateway.returned == {}
    kinds = [each.kind for each in world.rows(LedgerEntry)]
    assert (kinds, world.get(Refund, key).due_at) == ([LedgerKind.CAPTURE, LedgerKind.VOID], None)


def test_refund_of_money_that_the_bank_took_back_is_refused_by_the_database_and_never_sent(world: World) -> None:
    case_id = world.at(_S.PAID)
    [attempt] = world.attempts(case_id)
    key = approved(world, case_id)
    reversed_by_the_bank(world, attempt)
    assert world.get(Refund, key).state is RefundState.REJECTED
    with pytest.raises(DBAPIError, match="more than was captured"):
        world.sql("update refund set state = 'approved', due_at = now() where id = :key", key=key)
    world.sql("alter table refund disable trigger user")
    world.sql("update refund set state = 'approved', due_at = now() where id = :key", key=key)
    assert send_refund(world.ports, key, actor="worker") is RefundState.REJECTED
    assert world.gateway.refund_requests == []


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, text="<html>proxy</html>"),
        httpx.Response(200, json={"confirmation": None}),
        httpx.Response(404, text="<html>proxy</html>"),
        httpx.Response(401, json={"detail": "token"}),
        httpx.Response(302, headers={"Location": "https://elsewhere.example"}),
    ],
)
def test_an_answer_about_the_extension_that_cannot_be_read_is_no_refusal(world: World, answer: httpx.Response) -> None:
    client = httpx.Client(transport=httpx.MockTransport(lambda _: answer))
    registries = HttpRegistries(world.ports.settings.registries, client=client)
    case_id = world.at(_S.PAID)
    world.registries.extend = registries.extend  # type: ignore[method-assign]
    with pytest.raises(UnknownOutcomeError):
        world.step(case_id)
    registries.close()
    assert world.status(case_id) is _S.PAID


def test_payer_who_was_at_the_bank_when_the_hold_ended_gets_the_time_back_too(world: World) -> None:
    case_id = world.at(_S.AWAITING_PAYMENT)
    world.clock.advance(days=6, hours=23, minutes=55)
    attempt = world.start(case_id)
    hold_case(world.ports, case_id=case_id, actor="sara", reason="to be looked at")
    world.clock.advance(minutes=6)
    unhold_case(world.ports, case_id=case_id, actor="sara", reason="all is well")
    world.gateway.next_answers.append(_O.DECLINED)
    world.settle(attempt)
    world.settle_all()
    assert world.status(case_id) is _S.AWAITING_PAYMENT
