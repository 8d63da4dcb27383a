"""S25, refunds: carried out, refused, and answers that never came; by two members of staff, with the bank as judge."""

from uuid import UUID

import pytest

from infra.payments.refund_requests import approve_refund, refundable, request_refund
from infra.payments.refunding import send_refund
from models.case import CaseStatus
from models.errors import InputError, RuleError
from models.money import Money
from models.payments.ledger import LedgerKind
from models.payments.order import OrderStatus
from models.payments.refund import RefundState
from models.payments.review import ReviewKind
from tests.money_world import MoneyWorld
from tests.racing import at_once

_R = RefundState


def paid(money: MoneyWorld, **script: object) -> UUID:
    """A case whose receipt is issued."""
    case_id = money.payable()
    money.pay(case_id, **script)
    assert money.finish(case_id) is CaseStatus.COMPLETED
    return case_id


def left(money: MoneyWorld, case_id: UUID) -> Money:
    with money.cases.session() as session:
        found = refundable(session, money.order(case_id))
    assert found is not None
    return Money(found[1])


def ask(money: MoneyWorld, case_id: UUID, amount: Money | None = None, *, believed: Money | None = None) -> UUID:
    return request_refund(
        money.ports,
        money.order(case_id).id,
        amount=amount,
        believed_left=believed or left(money, case_id),
        reason="the renewal was not wanted any more",
        actor="first",
    )


def refunded(money: MoneyWorld, case_id: UUID, amount: Money | None = None) -> RefundState:
    """Asked for, approved by a second person, and sent by the worker."""
    refund_id = ask(money, case_id, amount)
    approve_refund(money.ports, refund_id, actor="second")
    money.settle_all()
    return next(each.state for each in money.refunds(case_id) if each.id == refund_id)


def at_the_bank(money: MoneyWorld, case_id: UUID) -> list[str]:
    """The refunds that the bank carried out."""
    return [each["amount"] for each in money.oracle(money.attempt(case_id))["refunds"]]


def test_s25_a_refund_that_is_carried_out_is_booked_and_revokes_the_receipt(money: MoneyWorld) -> None:
    case_id = paid(money)
    whole = left(money, case_id)
    assert refunded(money, case_id) is _R.SUCCEEDED
    assert at_the_bank(money, case_id) == [str(whole)]
    assert money.order(case_id).status is OrderStatus.REFUNDED
    [receipt] = money.receipts(case_id)
    assert receipt.revoked_at is not None
    money.assert_books_agree()


def test_s25_parts_are_refunded_until_nothing_is_left_and_not_a_fil_more(money: MoneyWorld) -> None:
    case_id = paid(money)
    whole = left(money, case_id)
    assert refunded(money, case_id, Money(1)) is _R.SUCCEEDED
    with pytest.raises(InputError, match="at most"):
        ask(money, case_id, whole)
    assert refunded(money, case_id, whole - Money(1)) is _R.SUCCEEDED
    with pytest.raises(RuleError, match="nothing"):
        ask(money, case_id, Money(1), believed=Money(1))
    assert sorted(at_the_bank(money, case_id)) == sorted(["0.001", str(whole - Money(1))])
    money.assert_books_agree()


def test_s25_a_refund_that_is_refused_leaves_the_order_paid_and_comes_to_staff(money: MoneyWorld) -> None:
    case_id = paid(money, refund=["refuse"])
    assert refunded(money, case_id) is _R.REJECTED
    assert at_the_bank(money, case_id) == []
    assert money.order(case_id).status is OrderStatus.PAID
    assert money.questions() == {ReviewKind.REFUND_REJECTED: 1}
    money.assert_books_agree()
    assert refunded(money, case_id) is _R.SUCCEEDED  # another row, another decision of two persons
    money.assert_books_agree()


@pytest.mark.parametrize("fault", ["drop_executed", "drop_unexecuted", "host_timeout", "host_timeout_executed"])
def test_s25_a_refund_without_a_clear_answer_is_unknown_and_never_sent_again(money: MoneyWorld, fault: str) -> None:
    case_id = paid(money, refund=[fault])
    assert refunded(money, case_id) is _R.UNKNOWN
    money.pass_time(days=2)
    assert [each.state for each in money.refunds(case_id)] == [_R.UNKNOWN]
    assert len(at_the_bank(money, case_id)) == int(fault.endswith("_executed"))
    assert ReviewKind.REFUND_UNKNOWN in money.questions()
    assert money.order(case_id).status is OrderStatus.REFUND_PENDING
    with pytest.raises(RuleError, match="nothing"):
        ask(money, case_id, Money(1), believed=Money(1))
    assert LedgerKind.REFUND not in {each.kind for each in money.entries(case_id)}


def test_a_bank_that_cannot_be_reached_was_told_of_no_refund_and_is_told_later(money: MoneyWorld) -> None:
    case_id = paid(money)
    money.sandbox.stop()
    assert refunded(money, case_id) is _R.APPROVED
    money.sandbox.start()
    money.pass_time(minutes=10)
    assert [each.state for each in money.refunds(case_id)] == [_R.SUCCEEDED]
    assert len(at_the_bank(money, case_id)) == 1
    money.assert_books_agree()


def test_two_who_ask_at_once_having_seen_the_same_rest_are_not_both_heard(money: MoneyWorld) -> None:
    case_id = paid(money)
    whole = left(money, case_id)
    answers = at_once(*[lambda: ask(money, case_id, believed=whole)] * 2)
    assert sorted(type(each).__name__ for each in answers) in [["InputError", "UUID"], ["RuleError", "UUID"]]
    [refund] = money.refunds(case_id)
    assert refund.amount_fils == whole.fils


def test_two_who_ask_for_parts_at_once_must_look_again(money: MoneyWorld) -> None:
    case_id = paid(money)
    whole = left(money, case_id)
    answers = at_once(*[lambda: ask(money, case_id, Money(whole.fils - 1), believed=whole)] * 2)
    [refusal] = [each for each in answers if isinstance(each, InputError)]
    assert refusal.field == "--believed-left"
    assert len(money.refunds(case_id)) == 1


def test_two_who_approve_at_once_send_one_refund(money: MoneyWorld) -> None:
    case_id = paid(money)
    refund_id = ask(money, case_id)
    answers = at_once(
        *(lambda who=who: approve_refund(money.ports, refund_id, actor=who) for who in ("second", "third"))
    )
    assert sorted(type(each).__name__ for each in answers) == ["NoneType", "RuleError"]
    at_once(*[lambda: send_refund(money.ports, refund_id, actor="worker")] * 2)
    money.pass_time(hours=1)
    assert len(at_the_bank(money, case_id)) == 1
    assert [each.state for each in money.refunds(case_id)] == [_R.SUCCEEDED]
    money.assert_books_agree()
