"""What an attacker or an odd moment may not achieve: each of these was once possible."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy.exc import IntegrityError

from infra.database import unit_of_work
from infra.intake import submit
from infra.payments.settling import settle
from models.case import CaseStatus, Channel
from models.errors import InputError
from models.obstacle import Obstacle
from models.payments.attempt import AttemptState, PaymentAttempt
from models.payments.evidence import EvidenceKind, EvidenceOutcome
from models.payments.ledger import LedgerAccount, LedgerEntry, LedgerKind
from models.payments.order import OrderStatus
from models.person import CasePerson
from models.quote import FeeQuote
from tests.world import World

_A, _O, _S = AttemptState, EvidenceOutcome, CaseStatus


def test_a_notice_without_a_capture_confirms_no_later_capture(world: World) -> None:
    attempt = world.start(world.at(_S.AWAITING_PAYMENT))
    world.notify(world.gateway.message(attempt.trackid, _O.HOST_TIMEOUT))
    world.come_back(attempt)
    world.gateway.captures(attempt.trackid)
    assert world.settle(attempt) is _A.CAPTURED_UNCONFIRMED
    world.clock.advance(seconds=61)
    assert world.settle(attempt) is _A.CAPTURED


def test_the_answer_about_another_payment_ends_nothing(world: World) -> None:
    attempt = world.start(world.at(_S.AWAITING_PAYMENT))
    world.gateway.next_answers.append(world.gateway.parse_inbound(b"trackid=RPSOMEBODYELSE&result=declined", {}))
    world.gateway.next_answers[0] = replace(world.gateway.next_answers[0], tranid="999", paymentid="998")
    assert world.settle(attempt) is _A.REDIRECTED
    [after] = world.rows(PaymentAttempt, id=attempt.id)
    assert (after.tranid, after.paymentid) == (None, None)


def test_money_taken_back_stops_the_case_and_leaves_the_books(world: World) -> None:
    case_id = world.at(_S.AWAITING_PAYMENT)
    attempt = world.pay(case_id)
    assert world.status(case_id) is _S.PAID
    world.gateway.charges.pop(attempt.trackid)
    world.notify(world.gateway.refuses(attempt.trackid, _O.VOIDED), kind=EvidenceKind.CALLBACK)
    settle(world.ports, attempt.id, actor="tester")
    assert (world.order(case_id).status, world.status(case_id)) == (OrderStatus.REVIEW, _S.PAYMENT_REVIEW)
    [void] = world.rows(LedgerEntry, kind=LedgerKind.VOID)
    assert (void.debit, void.credit, void.amount_fils) == (
        LedgerAccount.ORDERS,
        LedgerAccount.GATEWAY,
        attempt.amount_fils,
    )


def test_nobody_pays_for_a_time_that_has_passed(world: World) -> None:
    case_id = world.at(_S.DOCUMENTED)
    world.clock.advance(days=600)
    assert world.step(case_id) is _S.REJECTED
    assert "fee.period_over" in {each.rule for each in world.rows(Obstacle, case_id=case_id)}


def test_a_fact_that_no_registry_gave_refuses_the_case_by_name(world: World) -> None:
    case_id = world.at(_S.DOCUMENTED)
    world.sql("update renewal_case set fee_facts = (fee_facts::jsonb #- '{persons,0,years}')::json")
    assert world.step(case_id) is _S.REJECTED
    [obstacle] = world.rows(Obstacle, case_id=case_id)
    assert obstacle.rule == "fee.missing_fact"
    assert "persons.0.years" in obstacle.reason_en


def test_the_quote_is_dated_by_the_day_that_priced_it(world: World) -> None:
    case_id = world.at(_S.DOCUMENTED)
    world.clock.at = datetime(2026, 12, 31, 20, 59, 59, 998_500, tzinfo=UTC)  # midnight in Kuwait falls into the step
    world.step(case_id)
    [quote] = world.rows(FeeQuote, case_id=case_id)
    assert quote.priced_on.isoformat() == "2026-12-31"


def test_a_refused_row_is_not_quoted_in_the_error(world: World) -> None:
    case_id = world.at(_S.SUBMITTED)
    [person] = world.rows(CasePerson, case_id=case_id)
    with pytest.raises(IntegrityError) as refused, unit_of_work(world.ports.engine) as session:
        session.add(CasePerson(**{**person.model_dump(exclude={"id"}), "position": 2}))
    assert person.civil_number not in str(refused.value)
    assert "uq_case_person_case_id_civil_number" in str(refused.value)


@pytest.mark.parametrize("relation", ["bogus", "spouse\\u0000"])
def test_a_relation_is_one_of_the_known(world: World, relation: str) -> None:
    head = world.sponsor()
    draft = world.family(head, world.person(22, sponsor=head, relation="spouse"))
    files = draft.files
    files["application.json"] = files["application.json"].replace(b'"spouse"', f'"{relation}"'.encode())
    with pytest.raises(InputError, match="relation"):
        submit(world.ports, files, channel=Channel.FOLDER)
