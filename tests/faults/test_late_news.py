"""News of a payment that comes late, twice, or after another one was paid: no fil is booked to the order twice."""

from functools import partial
from uuid import UUID

import pytest

from infra.cancelling import cancel_case
from infra.payments.due import settle_due
from infra.payments.hearing import hear
from models.case import CaseStatus
from models.money import Money
from models.payments.attempt import AttemptState, PaymentAttempt
from models.payments.evidence import EvidenceKind, EvidenceOutcome, GatewayEvidence
from models.payments.ledger import LedgerAccount, LedgerEntry
from models.payments.order import OrderStatus
from models.payments.review import ReviewItem
from models.receipt import Receipt
from tests.racing import at_once
from tests.world import World

_A, _O, _S = AttemptState, EvidenceOutcome, CaseStatus
ORDERS, SUSPENSE = LedgerAccount.ORDERS, LedgerAccount.SUSPENSE
ENDINGS = [_A.ABANDONED, _A.DECLINED, _A.CANCELLED, _A.VOIDED]


@pytest.fixture
def case_id(world: World) -> UUID:
    return world.at(_S.AWAITING_PAYMENT)


def ended(world: World, case_id: UUID, state: AttemptState = _A.ABANDONED) -> PaymentAttempt:
    """An attempt that came to nothing, as far as we could know."""
    attempt = world.start(case_id)
    if state is _A.ABANDONED:
        world.clock.advance(hours=1)
        world.settle(attempt)
        world.clock.advance(hours=1)
    else:
        world.gateway.next_answers.append(_O(state.value))
    assert world.settle(attempt) is state
    return attempt


def balance(world: World, account: LedgerAccount) -> int:
    """What the account owes, in fils."""
    owed = sum(credited(world, account))
    return owed - sum(entry.amount_fils for entry in world.rows(LedgerEntry, debit=account))


def credited(world: World, account: LedgerAccount) -> list[int]:
    return [entry.amount_fils for entry in world.rows(LedgerEntry, credit=account)]


@pytest.mark.parametrize("state", ENDINGS)
def test_late_capture_pays_an_order_that_nobody_has_paid(world: World, case_id: UUID, state: AttemptState) -> None:
    attempt = ended(world, case_id, state)
    assert world.notify(world.gateway.captures(attempt.trackid)) == attempt.id
    world.clock.advance(seconds=61)
    assert world.run(case_id) is _S.COMPLETED
    assert (credited(world, ORDERS), credited(world, SUSPENSE)) == ([attempt.amount_fils], [])


@pytest.mark.parametrize("notified", [True, False])
@pytest.mark.parametrize("state", ENDINGS)
def test_late_capture_counts_only_when_it_is_still_there_after_the_acknowledgement(
    world: World, case_id: UUID, state: AttemptState, *, notified: bool
) -> None:
    attempt = ended(world, case_id, state)
    message = world.gateway.captures(attempt.trackid)
    if notified:
        world.notify(message)
    assert world.settle(attempt) is _A.CAPTURED_UNCONFIRMED
    assert world.settle(attempt) is _A.CAPTURED_UNCONFIRMED
    assert (world.rows(LedgerEntry), world.rows(ReviewItem)) == ([], [])
    assert world.order(case_id).status is OrderStatus.IN_PROGRESS  # nobody pays a second time meanwhile
    world.clock.advance(seconds=61)
    assert world.run(case_id) is _S.COMPLETED


@pytest.mark.parametrize("state", ENDINGS)
def test_late_capture_that_the_bank_takes_back_again_is_never_booked(
    world: World, case_id: UUID, state: AttemptState
) -> None:
    attempt = ended(world, case_id, state)
    message = world.gateway.captures(attempt.trackid)
    assert world.settle(attempt) is _A.CAPTURED_UNCONFIRMED
    world.gateway.next_answers.append(_O.VOIDED)
    world.clock.advance(seconds=61)
    assert world.settle(attempt) is _A.VOIDED
    assert (world.rows(LedgerEntry), world.order(case_id).status) == ([], OrderStatus.OPEN)
    world.notify(message)
    assert world.settle(attempt) is _A.CAPTURED_UNCONFIRMED  # and then it comes again: this is confirmed by itself


def test_late_capture_is_held_where_it_stands_while_another_attempt_is_open(world: World, case_id: UUID) -> None:
    first = ended(world, case_id, _A.DECLINED)
    second = world.start(case_id)
    world.gateway.captures(first.trackid)
    assert world.settle(first) is _A.DECLINED
    held = world.get(PaymentAttempt, first.id)
    assert held.held_since is not None
    assert held.next_check_at == held.held_since + world.ports.terms.confirm_after
    assert world.rows(LedgerEntry) == []
    world.clock.advance(seconds=61)
    assert world.settle(first) is _A.CAPTURED
    assert world.get(PaymentAttempt, second.id).state is _A.REDIRECTED


@pytest.mark.parametrize("said", [_O.DECLINED, _O.CANCELLED, _O.VOIDED])
def test_late_capture_that_was_denied_meanwhile_is_confirmed_anew(
    world: World, case_id: UUID, said: EvidenceOutcome
) -> None:
    first = ended(world, case_id, _A.DECLINED)
    world.start(case_id)
    world.gateway.captures(first.trackid)
    world.settle(first)
    world.gateway.next_answers.append(said)
    world.settle(first)
    world.clock.advance(seconds=61)
    assert world.settle(first) is _A.DECLINED
    assert world.rows(LedgerEntry) == []


@pytest.mark.parametrize("state", ENDINGS)
def test_late_capture_after_another_was_paid_is_surplus_and_goes_back_by_itself(
    world: World, case_id: UUID, state: AttemptState
) -> None:
    first = ended(world, case_id, state)
    second = world.pay(case_id)
    world.notify(world.gateway.captures(first.trackid))
    world.clock.advance(seconds=61)
    assert world.settle(first) is _A.CAPTURED
    assert (credited(world, ORDERS), credited(world, SUSPENSE)) == ([second.amount_fils], [first.amount_fils])
    world.clock.advance(seconds=61)
    world.settle_all()
    assert world.gateway.returned == {first.trackid: Money(first.amount_fils)}
    assert world.order(case_id).status is OrderStatus.PAID
    assert balance(world, SUSPENSE) == 0


def test_surplus_does_not_stop_the_receipt_of_the_payment_that_was_first(world: World, case_id: UUID) -> None:
    first = ended(world, case_id)
    world.pay(case_id)
    world.notify(world.gateway.captures(first.trackid))
    world.clock.advance(seconds=61)
    world.settle(first)
    assert world.run(case_id) is _S.COMPLETED
    [receipt] = world.rows(Receipt)
    [paid] = world.rows(LedgerEntry, credit=ORDERS)
    assert receipt.capture_entry_id == paid.id


def test_every_further_capture_is_surplus_also_while_staff_look(world: World, case_id: UUID) -> None:
    late = [ended(world, case_id) for _ in range(3)]
    world.pay(case_id)
    for attempt in late:
        world.notify(world.gateway.captures(attempt.trackid))
        world.clock.advance(seconds=61)
        world.settle(attempt)
    assert (len(credited(world, ORDERS)), len(credited(world, SUSPENSE))) == (1, 3)
    assert sum(charge.fils for charge in world.gateway.charges.values()) == sum(
        entry.amount_fils for entry in world.rows(LedgerEntry)
    )


@pytest.mark.parametrize("second_pays", [True, False])
def test_late_capture_while_another_attempt_is_open(world: World, case_id: UUID, *, second_pays: bool) -> None:
    first = ended(world, case_id)
    second = world.start(case_id)
    assert world.notify(world.gateway.captures(first.trackid)) == first.id
    assert world.get(PaymentAttempt, first.id).state is _A.ABANDONED  # two live attempts there may not be
    world.clock.advance(seconds=61)
    assert world.step(case_id) is _S.PAID
    if second_pays:
        world.paid_at_the_bank(second)
    else:
        world.gateway.refuses(second.trackid, _O.DECLINED)
    world.settle(second)
    assert world.order(case_id).status is OrderStatus.PAID
    assert (len(credited(world, ORDERS)), len(credited(world, SUSPENSE))) == (1, int(second_pays))


def test_order_in_review_is_not_opened_again_by_an_older_attempt(world: World, case_id: UUID) -> None:
    first = ended(world, case_id)
    second = world.start(case_id)
    world.gateway.captures(second.trackid, amount=Money(second.amount_fils - 1))
    assert world.settle(second) is _A.MISMATCH
    world.notify(world.gateway.refuses(first.trackid, _O.DECLINED))
    assert world.settle(first) is _A.DECLINED
    assert world.order(case_id).status is OrderStatus.REVIEW


@pytest.mark.parametrize("paid_meanwhile", [True, False])
def test_the_worker_follows_news_of_a_case_that_has_gone_on(
    world: World, case_id: UUID, *, paid_meanwhile: bool
) -> None:
    first = ended(world, case_id)
    if paid_meanwhile:
        world.pay(case_id)
        assert world.run(case_id) is _S.COMPLETED
    else:
        cancel_case(world.ports, world.case(case_id).reference, actor="applicant", reason="no longer needed")
    world.notify(world.gateway.captures(first.trackid))
    world.clock.advance(seconds=61)
    assert first.id in settle_due(world.ports).asked
    assert credited(world, SUSPENSE) == [first.amount_fils]
    world.clock.advance(seconds=61)
    world.settle_all()
    assert world.gateway.returned == {first.trackid: Money(first.amount_fils)}
    assert world.order(case_id).status is (OrderStatus.PAID if paid_meanwhile else OrderStatus.CANCELLED)


@pytest.mark.parametrize("ending", ["expired", "cancelled"])
def test_money_for_an_order_that_is_over_is_never_lost(world: World, case_id: UUID, ending: str) -> None:
    attempt = ended(world, case_id)
    world.sql("update payment_order set status = :it, closed_as = :it", it=ending)
    world.notify(world.gateway.captures(attempt.trackid))
    world.clock.advance(seconds=61)
    world.settle(attempt)
    assert (credited(world, ORDERS), credited(world, SUSPENSE)) == ([], [attempt.amount_fils])
    world.clock.advance(seconds=61)
    world.settle_all()
    assert world.gateway.returned == {attempt.trackid: Money(attempt.amount_fils)}
    assert world.order(case_id).status is OrderStatus(ending)


def test_order_does_not_lapse_while_late_news_is_looked_into(world: World, case_id: UUID) -> None:
    attempt = ended(world, case_id)
    world.clock.advance(days=6, hours=21, minutes=58)
    world.notify(world.gateway.captures(attempt.trackid))
    world.gateway.next_answers.append(_O.TRANSPORT_ERROR)
    world.clock.advance(minutes=3)
    assert world.order(case_id).expires_at < world.clock.at
    assert world.step(case_id) is _S.AWAITING_PAYMENT
    world.clock.advance(hours=2)
    assert world.step(case_id) is _S.PAID


def test_notice_return_and_inquiry_at_once_end_in_one_capture(world: World, case_id: UUID) -> None:
    attempt = world.start(case_id)
    message = world.gateway.captures(attempt.trackid)
    results = at_once(
        partial(world.notify, message),
        partial(world.notify, message),
        partial(world.come_back, attempt),
        partial(world.settle, attempt),
    )
    assert not [result for result in results if isinstance(result, Exception)]
    world.clock.advance(seconds=61)
    assert world.run(case_id) is _S.COMPLETED
    assert len(credited(world, ORDERS)) == 1
    assert len(world.rows(GatewayEvidence, kind=EvidenceKind.CALLBACK)) == 1


def test_late_notice_and_a_new_attempt_at_once_leave_one_live_attempt(world: World, case_id: UUID) -> None:
    """Either the payer is told to wait, or the late news waits its turn; nobody meets an error."""
    attempt = ended(world, case_id)
    message = world.gateway.captures(attempt.trackid)
    heard, started = at_once(partial(world.notify, message), partial(world.start, case_id))
    assert heard == attempt.id
    assert type(started).__name__ in {"PaymentAttempt", "PaymentInProgressError"}


def test_every_evidence_of_a_settled_attempt_is_kept(world: World, case_id: UUID) -> None:
    attempt = world.pay(case_id)
    for outcome in (_O.DECLINED, _O.CANCELLED, _O.CAPTURED):
        message = world.gateway.message(attempt.trackid, outcome) + b"&again=1"
        evidence = world.gateway.parse_inbound(message, {})
        hear(world.ports, evidence, kind=EvidenceKind.CALLBACK, raw=message, now=world.clock())
    assert world.settle(attempt) is _A.CAPTURED
    assert len(world.rows(GatewayEvidence, attempt_id=attempt.id, kind=EvidenceKind.CALLBACK)) == 4
    assert len(world.rows(LedgerEntry)) == 1
