"""What people are told: caused by what happens to their case, once each, in both languages, and nothing too much."""

import re
from datetime import timedelta

import pytest

from infra.cancelling import cancel_case
from infra.database import all_of, locked, unit_of_work
from infra.errors import PermanentError, TransientError
from infra.intake.supplying import Supplied, supply_documents
from infra.messages.resending import resend_receipt
from infra.messages.sending import WORTH, send_due
from infra.payments.refund_requests import approve_refund
from infra.sandbox.troubles import Trouble
from models.case import Case, CaseEvent, CaseStatus
from models.errors import RuleError
from models.history import Act
from models.message import Message, MessageKind, MessageOutcome
from models.payments.refund import Refund
from models.person import CasePerson
from models.receipt import Receipt
from models.service import Language, Service
from tests.uploads import picture
from tests.world import World

K, S = MessageKind, CaseStatus
NO_PASSPORT = frozenset({(1, "passport")})


def send_all(world: World) -> None:
    while send_due(world.ports):
        pass


def outcomes(world: World) -> list[MessageOutcome | None]:
    return [each.outcome for each in world.rows(Message)]


def test_a_renewal_asks_for_its_payment_and_brings_its_receipt(world: World) -> None:
    case_id = world.at(S.AWAITING_PAYMENT)
    send_all(world)
    [asked] = world.messages.texts(K.PAYMENT_ASKED)
    assert world.case(case_id).reference in asked
    assert f"https://renewal.example/pay/{world.order(case_id).id}" in asked
    assert re.search(r"KD \d+\.\d{3}", asked)
    assert re.search(r"\d{2}/\d{2}/\d{4} \d{2}:\d{2}", asked)
    world.pay(case_id)
    assert world.run(case_id) is S.COMPLETED
    send_all(world)
    [issued] = world.messages.texts(K.RECEIPT_ISSUED)
    [receipt] = world.rows(Receipt)
    assert f"https://renewal.example/receipts/{receipt.id}.pdf" in issued
    assert world.messages.kinds() == [K.PAYMENT_ASKED, K.RECEIPT_ISSUED]
    assert outcomes(world) == [MessageOutcome.SENT] * 2


def test_the_message_stands_in_the_commit_of_its_cause_and_goes_with_it(world: World) -> None:
    case_id = world.at(S.AWAITING_PAYMENT)
    before = len(world.rows(Message))

    def lapse_and_die() -> None:
        with unit_of_work(world.ports.engine) as session:
            case = locked(session, Case, case_id)
            session.add(case.apply(CaseEvent.LAPSE, Act(actor="tester", at=world.clock())))
            session.flush()
            assert len(all_of(session, Message, kind=K.LAPSED)) == 1
            raise EOFError

    with pytest.raises(EOFError):
        lapse_and_die()
    assert len(world.rows(Message)) == before


def test_a_step_that_runs_twice_tells_once(world: World) -> None:
    case_id = world.at(S.QUOTED)
    world.step(case_id)
    world.run(case_id)
    assert [each.kind for each in world.rows(Message)] == [K.PAYMENT_ASKED]


def test_what_is_missing_is_named_and_no_longer_asked_for_once_it_came(world: World) -> None:
    world.at(S.DOCUMENTS_NEEDED, world.draft(without=NO_PASSPORT))
    send_all(world)
    [needed] = world.messages.texts(K.DOCUMENTS_NEEDED)
    assert "Hand in the passport: " in needed
    quick = world.at(S.DOCUMENTS_NEEDED, world.draft(without=NO_PASSPORT))
    supplied = [Supplied("p1", "passport", picture())]
    supply_documents(world.ports, world.case(quick).reference, supplied, actor="tester")
    send_all(world)
    assert outcomes(world) == [MessageOutcome.SENT, MessageOutcome.OUT_OF_DATE]


def test_a_refusal_says_why(world: World) -> None:
    person = world.person(18, Trouble.STATE_DEBTS, Trouble.NO_BIOMETRICS)
    world.at(S.REJECTED, world.draft(Service.INDIVIDUAL, person))
    send_all(world)
    [refused] = world.messages.texts(K.REFUSED)
    assert "Debts to state bodies are unpaid: KD 75.250" in refused
    assert "biometric" in refused


def test_an_order_that_nobody_paid_and_a_case_that_was_cancelled_are_told(world: World) -> None:
    world.at(S.AWAITING_PAYMENT)
    world.clock.advance(days=8)
    world.settle_all()
    cancelled = world.at(S.AWAITING_PAYMENT)
    cancel_case(world.ports, world.case(cancelled).reference, actor="tester", reason="asked for")
    send_all(world)
    assert set(world.messages.kinds()) == {K.LAPSED, K.CANCELLED}
    assert outcomes(world).count(MessageOutcome.OUT_OF_DATE) == 2  # that they be paid


def test_paid_and_not_renewed_is_told_only_when_it_lasts(world: World) -> None:
    case_id = world.at(S.PAID)
    send_all(world)
    world.registries.trouble = PermanentError("unknown_person")
    assert world.step(case_id) is S.RENEWAL_REFUSED
    send_all(world)
    assert K.RENEWAL_DELAYED not in world.messages.kinds()
    world.clock.advance(minutes=31)
    send_all(world)
    assert K.RENEWAL_DELAYED in world.messages.kinds()
    cancel_case(world.ports, world.case(case_id).reference, actor="sara", reason="refused for good")
    [refund] = world.rows(Refund)
    approve_refund(world.ports, refund.id, actor="omar")
    world.clock.advance(minutes=10)
    world.settle_all()
    send_all(world)
    [sent] = world.messages.texts(K.REFUND_SENT)
    assert re.search(r"KD \d+\.\d{3} were sent back", sent)


def test_the_rows_of_a_batch_make_one_message_with_their_number(world: World) -> None:
    people = [world.person(18, Trouble.STATE_DEBTS) for _ in range(3)] + [world.person() for _ in range(2)]
    cases = world.submitted(world.company(*people))
    world.release(limit=10)
    for case_id in cases:
        world.run(case_id)
    send_all(world)
    [asked] = world.messages.texts(K.PAYMENT_ASKED)
    assert re.search(r"BT-\w{4}-\w{4}", asked)
    assert world.messages.texts(K.REFUSED) == []
    world.clock.advance(minutes=15)
    send_all(world)
    [refused] = world.messages.texts(K.REFUSED)
    assert "refused so far: 3" in refused


def test_rows_of_a_batch_that_come_later_are_told_too(world: World) -> None:
    people = [world.person(18, Trouble.STATE_DEBTS) for _ in range(2)]
    cases = world.submitted(world.company(*people))
    world.release(limit=10)
    for case_id in cases:
        world.run(case_id)
        world.clock.advance(minutes=20)
        send_all(world)
    first, second = world.messages.texts(K.REFUSED)
    assert "refused so far: 1" in first
    assert "refused so far: 2" in second


def test_no_civil_number_passport_or_name_is_in_any_message(world: World) -> None:
    head = world.sponsor()
    people = [world.person(22, Trouble.STATE_DEBTS, sponsor=head), world.person(22, sponsor=head)]
    world.at(S.REJECTED, world.family(head, *people))
    world.at(S.DOCUMENTS_NEEDED, world.draft(without=NO_PASSPORT))
    done = world.at(S.COMPLETED)
    assert resend_receipt(world.ports, world.case(done).reference, actor="tester")
    send_all(world)
    texts = [words for letter in world.messages.told.values() for words in letter.words.values()]
    assert len(texts) >= 8
    for person in world.rows(CasePerson):
        secrets = [person.civil_number, person.passport_mrz_2[:9].rstrip("<"), person.name_ar, person.name_latin]
        for secret in filter(None, secrets):
            assert not any(secret in words for words in texts), secret
    assert not any(re.search(r"\d{12}", words) for words in texts)


def test_the_language_is_that_of_the_application_and_the_other_goes_along(world: World) -> None:
    world.at(S.AWAITING_PAYMENT, world.draft(language=Language.ENGLISH))
    send_all(world)
    [letter] = world.messages.told.values()
    assert letter.language is Language.ENGLISH
    assert letter.mobile == "+96500000000"
    assert "الرسوم" in letter.words[Language.ARABIC]


def test_a_receipt_is_sent_again_to_the_same_number_and_not_by_a_double_click(world: World) -> None:
    reference = world.case(world.at(S.COMPLETED)).reference
    assert [resend_receipt(world.ports, reference, actor="tester") for _ in range(2)] == [True, False]
    world.clock.advance(minutes=10)
    assert resend_receipt(world.ports, reference.lower(), actor="tester")
    send_all(world)
    assert len(world.messages.texts(K.RECEIPT_RESENT)) == 2
    with pytest.raises(RuleError, match="has no receipt that holds"):
        resend_receipt(world.ports, world.case(world.at(S.QUOTED)).reference, actor="tester")


def test_a_silent_gateway_is_tried_later_and_later_and_in_the_end_given_up(world: World) -> None:
    world.at(S.AWAITING_PAYMENT)
    world.messages.trouble = TransientError("silent")
    waits = []
    for _ in range(4):
        world.clock.at = max(world.clock.at, world.rows(Message)[0].due_at)
        assert send_due(world.ports) == 1
        waits.append(world.rows(Message)[0].due_at - world.clock.at)
    assert [round(each / timedelta(seconds=30)) for each in waits] == [1, 2, 4, 8]
    world.clock.advance(days=WORTH.days, hours=1)
    send_all(world)
    assert outcomes(world) == [MessageOutcome.GIVEN_UP]


def test_a_refused_message_is_not_tried_again(world: World) -> None:
    world.at(S.AWAITING_PAYMENT)
    world.messages.trouble = PermanentError("no such number")
    send_all(world)
    world.clock.advance(days=1)
    send_all(world)
    assert (len(world.messages.tries), outcomes(world)) == (1, [MessageOutcome.REFUSED])
