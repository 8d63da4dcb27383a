"""Reprocessing: a preview that changes nothing, then what is safe, once, for one case or for many."""

from datetime import timedelta
from uuid import UUID

import pytest

from infra.cancelling import cancel_case
from infra.errors import PermanentError
from infra.payments.reprocessing import Summary, reprocess
from infra.payments.standings import Selection, preview
from models.case import CaseStatus
from models.errors import InputError
from models.history import Transition
from models.money import Money
from models.outbox import OutboxKind, OutboxMessage
from models.payments.attempt import AttemptState, PaymentAttempt
from models.payments.evidence import EvidenceOutcome, GatewayEvidence
from models.payments.ledger import LedgerEntry
from models.payments.reprocess import Because, MoneyMove, Plan, Safety
from models.service import Service
from tests.racing import at_once
from tests.world import World

_O, _S = EvidenceOutcome, CaseStatus


def plan_of(world: World, case_id: UUID) -> Plan:
    [found] = preview(world.ports, Selection(references=(world.case(case_id).reference,)))
    return found


def do(world: World, *case_ids: UUID) -> Summary:
    references = tuple(world.case(each).reference for each in case_ids)
    return reprocess(world.ports, preview(world.ports, Selection(references=references)), actor="sara")


def in_doubt(world: World) -> UUID:
    """The bank took the money, told us nothing, and its answer to our question was lost."""
    case_id = world.at(_S.AWAITING_PAYMENT)
    attempt = world.start(case_id)
    world.gateway.next_answers.append(_O.HOST_TIMEOUT)
    world.settle(attempt)
    world.paid_at_the_bank(attempt)
    return case_id


def refused_renewal(world: World) -> UUID:
    case_id = world.at(_S.PAID)
    world.registries.trouble = PermanentError("no")
    assert world.step(case_id) is _S.RENEWAL_REFUSED
    world.registries.trouble = None
    return case_id


def wakes(world: World, case_id: UUID) -> int:
    return len(world.rows(OutboxMessage, case_id=case_id, kind=OutboxKind.WAKE_RUN, delivered_at=None))


def test_preview_says_what_would_be_asked_and_changes_nothing(world: World) -> None:
    case_id = in_doubt(world)
    [attempt] = world.attempts(case_id)
    before = len(world.rows(Transition)), len(world.rows(GatewayEvidence)), list(world.gateway.inquiries)
    plan = plan_of(world, case_id)
    assert (plan.asked, plan.safety, plan.money) == ((attempt.trackid,), Safety.SAFE, MoneyMove.RECORDED)
    assert plan.skipped == ("validate_identity", "collect_documents", "compute_fee")
    assert plan.repeated == ()
    assert (len(world.rows(Transition)), len(world.rows(GatewayEvidence)), world.gateway.inquiries) == before


def test_payment_that_was_in_doubt_is_asked_about_and_its_run_is_told(world: World) -> None:
    case_id = in_doubt(world)
    summary = do(world, case_id)
    [outcome] = summary.outcomes
    assert (outcome.before, outcome.after, len(outcome.answers)) == (_S.AWAITING_PAYMENT, _S.PAID, 1)
    assert (len(world.rows(LedgerEntry)), wakes(world, case_id)) == (1, 1)
    [pay] = [each for each in world.rows(Transition, entity_id=case_id) if each.event == "pay"]
    assert pay.actor == "sara"


def test_again_and_twice_at_once_it_books_and_wakes_once(world: World) -> None:
    case_id = in_doubt(world)
    plans = preview(world.ports, Selection(references=(world.case(case_id).reference,)))
    results = at_once(*[lambda: reprocess(world.ports, plans, actor="sara")] * 2)
    assert [each.failed for each in results if isinstance(each, Summary)] == [[], []]
    do(world, case_id)
    assert (len(world.rows(LedgerEntry)), len(world.gateway.charges), wakes(world, case_id)) == (1, 1, 1)


def test_nothing_is_asked_where_the_payer_has_yet_to_pay(world: World) -> None:
    case_id = world.at(_S.AWAITING_PAYMENT)
    plan = plan_of(world, case_id)
    assert (plan.safety, plan.because) == (Safety.REFUSED, Because.NOT_PAID)
    assert do(world, case_id).left == [plan]
    assert world.gateway.inquiries == []


@pytest.mark.parametrize("status", [_S.SUBMITTED, _S.COMPLETED])
def test_what_has_not_begun_or_is_over_is_refused(world: World, status: CaseStatus) -> None:
    plan = plan_of(world, world.at(status))
    assert (plan.safety, plan.money) == (Safety.REFUSED, MoneyMove.NONE)
    assert plan.why.en
    assert plan.why.ar


def test_question_for_staff_is_not_answered_by_reprocessing(world: World) -> None:
    case_id = world.at(_S.AWAITING_PAYMENT)
    attempt = world.start(case_id)
    world.gateway.captures(attempt.trackid, amount=Money(attempt.amount_fils + 1))
    assert world.settle(attempt) is AttemptState.MISMATCH
    assert plan_of(world, case_id).because is Because.OPEN_QUESTION
    do(world, case_id)
    assert world.status(case_id) is _S.PAYMENT_REVIEW


def test_refund_that_is_due_is_sent_once(world: World) -> None:
    case_id = world.at(_S.AWAITING_PAYMENT)
    attempt = world.start(case_id)
    world.gateway.captures(attempt.trackid, amount=Money(attempt.amount_fils + 1))
    world.settle(attempt)
    world.clock.advance(minutes=5)
    assert plan_of(world, case_id).money is MoneyMove.REFUND
    [outcome] = do(world, case_id).outcomes
    do(world, case_id)
    assert (outcome.refunds, len(world.gateway.refund_requests)) == (1, 1)


def test_registrys_refusal_after_payment_is_asked_about_again(world: World) -> None:
    case_id = refused_renewal(world)
    plan = plan_of(world, case_id)
    assert (plan.safety, plan.money, plan.repeated) == (Safety.SAFE, MoneyMove.NONE, ("extend_residency",))
    do(world, case_id)
    assert (world.status(case_id), wakes(world, case_id)) == (_S.PAID, 1)
    assert world.run(case_id) is _S.COMPLETED
    assert len(world.registries.extended) == 1


def test_case_that_stands_still_though_it_is_paid_has_its_run_woken(world: World) -> None:
    case_id = world.at(_S.PAID)
    world.sql("update outbox_message set delivered_at = now()")
    assert preview(world.ports, Selection(everything=True)) == []
    world.clock.advance(minutes=11)
    [plan] = preview(world.ports, Selection(everything=True))
    assert (plan.because, plan.repeated) == (Because.RUN_AGAIN, ("extend_residency",))
    reprocess(world.ports, [plan], actor="sara")
    assert wakes(world, case_id) == 1


def test_one_case_that_fails_does_not_stop_the_others(world: World) -> None:
    lost, other = in_doubt(world), in_doubt(world)
    world.sql("alter table payment_attempt disable trigger user")
    world.sql("update payment_attempt set gateway = 'gone' where order_id = :order", order=world.order(lost).id)
    summary = do(world, lost, other)
    assert [each.failed for each in summary.outcomes] == ["MissingError", None]
    assert (world.status(lost), world.status(other)) == (_S.AWAITING_PAYMENT, _S.PAID)


def test_batch_is_asked_about_once_for_all_its_rows(world: World) -> None:
    rows = world.submitted(world.company(*[world.person() for _ in range(3)]))
    world.release()
    for row in rows:
        world.run(row)
    attempt = world.start(rows[0])
    world.paid_at_the_bank(attempt)
    told: list[int] = []
    plans = preview(world.ports, Selection(service=Service.COMPANY))
    summary = reprocess(world.ports, plans, actor="sara", on_progress=told.append)
    assert [each.after for each in summary.outcomes] == [_S.PAID] * 3
    assert (world.gateway.inquiries, sum(told)) == ([attempt.trackid], 3)


def test_filters_choose_by_status_age_and_number(world: World) -> None:
    old = in_doubt(world)
    world.clock.advance(hours=2)
    in_doubt(world)
    world.at(_S.AWAITING_PAYMENT)
    both = preview(world.ports, Selection(everything=True))
    assert [each.because for each in both] == [Because.ASK_AGAIN] * 2
    [first] = preview(world.ports, Selection(everything=True, limit=1))
    assert first.reference == world.case(old).reference
    assert preview(world.ports, Selection(older_than=timedelta(hours=1))) == [first]
    assert len(preview(world.ports, Selection(status=_S.AWAITING_PAYMENT))) == 3
    assert preview(world.ports, Selection(status=_S.PAYMENT_REVIEW)) == []


def test_reference_that_does_not_exist_has_a_row_of_its_own_and_is_never_shown_when_it_is_none(world: World) -> None:
    case_id = in_doubt(world)
    chosen = ("RN-2222-2222", "289010112345", world.case(case_id).reference.lower())
    plans = preview(world.ports, Selection(references=chosen))
    assert [each.because for each in plans] == [Because.NO_SUCH_CASE, Because.NO_SUCH_CASE, Because.ASK_AGAIN]
    assert [each.reference for each in plans[:2]] == ["RN-2222-2222", "(not a reference)"]


def test_nothing_selected_is_a_clear_error(world: World) -> None:
    with pytest.raises(InputError, match="name cases"):
        preview(world.ports, Selection())


def test_attempts_of_a_paid_case_are_not_asked_about_for_ever(world: World) -> None:
    case_id = world.at(_S.PAID)
    assert plan_of(world, case_id).asked == ()
    assert world.rows(PaymentAttempt)[0].state is AttemptState.CAPTURED


def test_refund_whose_fate_is_not_known_takes_two_persons_and_is_never_sent_again(world: World) -> None:
    case_id = world.at(_S.AWAITING_PAYMENT)
    attempt = world.start(case_id)
    world.gateway.captures(attempt.trackid, amount=Money(attempt.amount_fils + 1))
    world.settle(attempt)
    world.gateway.next_refund_answers.append(_O.TRANSPORT_ERROR)
    world.clock.advance(minutes=5)
    do(world, case_id)
    world.clock.advance(hours=1)
    plan = plan_of(world, case_id)
    assert (plan.safety, plan.because) == (Safety.NEEDS_APPROVAL, Because.REFUND_UNKNOWN)
    do(world, case_id)
    assert len(world.gateway.refund_requests) == 1


def test_share_that_one_row_asks_back_does_not_hold_up_the_other_rows(world: World) -> None:
    rows = world.submitted(world.company(*[world.person() for _ in range(2)]))
    world.release()
    for row in rows:
        world.run(row)
    world.pay(rows[0])
    world.registries.trouble = PermanentError("no")
    assert [world.run(row) for row in rows] == [_S.RENEWAL_REFUSED] * 2
    world.registries.trouble = None
    cancel_case(world.ports, world.case(rows[0]).reference, actor="omar", reason="refused for good")
    assert [plan_of(world, row).safety for row in rows] == [Safety.NEEDS_APPROVAL, Safety.SAFE]
    do(world, *rows)
    assert [world.status(row) for row in rows] == [_S.CANCELLED, _S.PAID]
