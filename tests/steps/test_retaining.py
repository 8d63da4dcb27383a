"""Personal data goes when its time is over or a person asked, for ever; money, numbers and history stay."""

import pytest

from infra.cancelling import cancel_case
from infra.case_report import case_report
from infra.errors import PermanentError, TransientError
from infra.messages.sending import send_due
from infra.payments.refund_requests import approve_refund, refuse_refund
from infra.payments.reviews import close_review
from infra.retaining.asking import approve_erasure, request_erasure, withdraw_erasure
from infra.retaining.erasing import erase
from infra.retaining.forbidding import lift_hold, place_hold
from infra.retaining.periods import retain
from infra.sandbox.troubles import Trouble
from models.account import Account
from models.case import CaseStatus
from models.document import Document
from models.erasure import Erasure
from models.errors import RuleError
from models.history import Transition
from models.message import Message, MessageOutcome
from models.obstacle import Obstacle
from models.payments.evidence import GatewayEvidence
from models.payments.ledger import LedgerEntry
from models.payments.refund import Refund
from models.payments.review import ReviewItem, ReviewKind
from models.person import CasePerson
from models.receipt import Receipt
from models.service import Service
from tests.erasures import erased, everything, files, reference, settled
from tests.site import Site
from tests.world import World
from web.app import create_app

S = CaseStatus


def test_nothing_of_the_person_is_left_and_all_of_the_money_is(world: World) -> None:
    case_id = settled(world, world.at(S.COMPLETED))
    [person], [account], [receipt] = world.rows(CasePerson), world.rows(Account), world.rows(Receipt)
    secrets = [person.civil_number, person.passport_mrz_1, person.passport_mrz_2, person.name_ar, person.name_latin]
    secrets += [account.civil_number, account.mobile]
    ledger, history = world.rows(LedgerEntry), world.history(world.case(case_id))
    assert all(secret and secret in everything(world) for secret in secrets)
    assert erased(world, case_id) == len(world.rows(Document)) * 2 + 1
    left = everything(world)
    assert not any(secret in left for secret in secrets if secret)
    assert files(world) == []
    assert world.case(case_id).fee_facts is None
    assert world.rows(LedgerEntry) == ledger
    assert world.history(world.case(case_id)) == history
    [kept] = world.rows(Receipt)
    assert kept == receipt
    assert all(
        each.raw == b"" and each.fields.keys() <= {"trackid", "paymentid", "tranid", "ref", "auth", "result"}
        for each in world.rows(GatewayEvidence)
    )


def test_an_erased_case_still_answers_by_its_reference_and_its_receipt_is_gone(world: World) -> None:
    case_id = settled(world, world.at(S.COMPLETED))
    [receipt] = world.rows(Receipt)
    web = Site(create_app(world.ports), world.ports.settings.public_url)
    assert web.get(f"/receipts/{receipt.id}.pdf").status_code == 200
    erased(world, case_id)
    assert web.get(f"/receipts/{receipt.id}.pdf").status_code == 410
    assert web.get(f"/pay/{world.order(case_id).id}").status_code == 200
    with world.session() as session:
        report = case_report(session, world.case(case_id))
    assert (report["receipt"], report["persons"][0]["civil_number"]) == (receipt.number, "erased")


def test_the_next_receipt_has_the_next_number(world: World) -> None:
    first = settled(world, world.at(S.COMPLETED))
    erased(world, first)
    world.at(S.COMPLETED)
    assert [each.number for each in world.rows(Receipt)] == ["RC-2026-000001", "RC-2026-000002"]


def test_who_was_erased_may_apply_again_as_somebody_new(world: World) -> None:
    person = world.person(18, Trouble.NO_BIOMETRICS)
    erased(world, world.at(S.REJECTED, world.draft(Service.INDIVIDUAL, person)))
    world.at(S.REJECTED, world.draft(Service.INDIVIDUAL, person))
    assert len(world.rows(Account)) == 2


def test_an_account_with_another_case_is_kept(world: World) -> None:
    person = world.person(18, Trouble.NO_BIOMETRICS)
    draft = world.draft(Service.INDIVIDUAL, person)
    first, second = world.at(S.REJECTED, draft), world.at(S.REJECTED, draft)
    erased(world, first)
    assert not world.rows(Account)[0].is_erased
    erased(world, second)
    assert world.rows(Account)[0].is_erased


def test_what_was_refused_keeps_its_rule_and_loses_its_words(world: World) -> None:
    case_id = world.at(S.REJECTED, world.draft(Service.INDIVIDUAL, world.person(18, Trouble.STATE_DEBTS)))
    erased(world, case_id)
    [obstacle] = world.rows(Obstacle)
    assert "75.250" not in obstacle.reason_en + obstacle.reason_ar
    assert obstacle.rule


def test_what_a_member_of_staff_wrote_goes_and_what_the_machine_wrote_stays(world: World) -> None:
    case_id = world.at(S.QUOTED)
    world.run(case_id)
    cancel_case(world.ports, reference(world, case_id), actor="sara", reason="Mr Alpha Beta asked on the phone")
    erased(world, case_id)
    [cancelled] = [each for each in world.rows(Transition, entity_id=case_id) if each.event == "cancel"]
    assert (cancelled.reason, cancelled.actor) == ("erased", "sara")


def test_the_reason_of_a_cancellation_goes_from_the_order_too(world: World) -> None:
    case_id = world.at(S.AWAITING_PAYMENT)
    cancel_case(world.ports, reference(world, case_id), actor="sara", reason="Mr Alpha Beta asked on the phone")
    order = world.order(case_id)
    erased(world, case_id)
    assert "Alpha Beta" not in everything(world)
    [cancelled] = [each for each in world.rows(Transition, entity_id=order.id) if each.event == "cancel"]
    assert (cancelled.reason, cancelled.actor) == ("erased", "sara")


def test_the_reason_of_a_refund_goes_and_the_refund_stays(world: World) -> None:
    case_id = world.at(S.PAID)
    world.registries.trouble = PermanentError("this person may not be renewed")
    assert world.run(case_id) is S.RENEWAL_REFUSED
    world.registries.trouble = None
    cancel_case(world.ports, reference(world, case_id), actor="sara", reason="Mr Alpha Beta asked on the phone")
    [refund] = world.rows(Refund)
    refuse_refund(world.ports, refund.id, actor="omar", reason="Mr Alpha Beta is abroad")
    [question] = world.rows(ReviewItem, kind=ReviewKind.CANCELLED_PAID)
    close_review(world.ports, question.id, actor="omar", resolution="Mr Alpha Beta takes it in cash")
    settled(world, case_id)
    erased(world, case_id)
    [kept] = world.rows(Refund)
    assert (kept.reason, kept.amount_fils, kept.requested_by) == ("erased", refund.amount_fils, "sara")
    assert "Alpha Beta" not in everything(world)


# Asked for


def test_the_same_person_cannot_approve_and_a_request_can_be_taken_back(world: World) -> None:
    case_id = world.at(S.REJECTED, world.draft(Service.INDIVIDUAL, world.person(18, Trouble.NO_BIOMETRICS)))
    name = reference(world, case_id)
    request_erasure(world.ports, name, actor="sara", reason="asked")
    with pytest.raises(RuleError, match="another person must approve"):
        approve_erasure(world.ports, name, actor="SARA ")
    with pytest.raises(RuleError, match="asked for already"):
        request_erasure(world.ports, name, actor="omar", reason="asked")
    withdraw_erasure(world.ports, name, actor="sara")
    assert world.case(case_id).erased_at is None
    erased(world, case_id)
    with pytest.raises(RuleError, match="cannot be taken back"):
        withdraw_erasure(world.ports, name, actor="sara")
    with pytest.raises(RuleError, match="erased already"):
        request_erasure(world.ports, name, actor="sara", reason="asked")


@pytest.mark.parametrize("status", [S.SUBMITTED, S.IDENTIFIED, S.AWAITING_PAYMENT, S.PAID])
def test_an_open_case_is_refused_with_the_reason(world: World, status: CaseStatus) -> None:
    case_id = world.at(status)
    with pytest.raises(RuleError, match=f"the case is open: it is {status}"):
        request_erasure(world.ports, reference(world, case_id), actor="sara", reason="asked")


def test_a_legal_hold_keeps_the_case_until_it_is_lifted(world: World) -> None:
    case_id = settled(world, world.at(S.COMPLETED))
    name = reference(world, case_id)
    place_hold(world.ports, name, actor="sara", reason="case 12/2026 of the court")
    with pytest.raises(RuleError, match="legal hold by sara: case 12/2026"):
        request_erasure(world.ports, name, actor="sara", reason="asked")
    lift_hold(world.ports, name, actor="omar")
    erased(world, case_id)
    with pytest.raises(RuleError, match="is erased"):
        place_hold(world.ports, name, actor="sara", reason="too late")


def test_a_refund_that_is_not_finished_keeps_the_case(world: World) -> None:
    case_id = world.at(S.PAID)
    world.registries.trouble = PermanentError("unknown_person")
    world.step(case_id)
    cancel_case(world.ports, reference(world, case_id), actor="sara", reason="refused for good")
    with pytest.raises(RuleError, match="refund"):
        request_erasure(world.ports, reference(world, case_id), actor="sara", reason="asked")
    [refund] = world.rows(Refund)
    approve_refund(world.ports, refund.id, actor="omar")
    settled(world, case_id)
    erased(world, case_id)


def test_a_payment_that_is_still_asked_about_keeps_the_case(world: World) -> None:
    case_id = world.at(S.AWAITING_PAYMENT)
    attempt = world.start(case_id)
    for _ in range(3):
        world.clock.advance(hours=2)
        world.settle_all()
    world.clock.advance(days=8)
    world.settle_all()
    assert world.status(case_id) is S.CANCELLED
    world.notify(world.gateway.captures(attempt.trackid))  # late news
    with pytest.raises(RuleError, match="still being asked about"):
        request_erasure(world.ports, reference(world, case_id), actor="sara", reason="asked")


# A crash in the middle


def test_died_between_files_and_rows_it_is_done_again_and_ends_the_same(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    case_id = settled(world, world.at(S.COMPLETED))
    name = reference(world, case_id)
    request_erasure(world.ports, name, actor="sara", reason="asked")
    taken: list[str] = []
    really = world.store.erase

    def dies_at_the_third(key: str) -> None:
        if len(taken) == 2:
            raise TransientError("the store is gone")
        taken.append(key)
        really(key)

    with monkeypatch.context() as patch:
        patch.setattr(world.store, "erase", dies_at_the_third)
        with pytest.raises(TransientError):
            approve_erasure(world.ports, name, actor="omar")
    [erasure] = world.rows(Erasure)
    assert (erasure.begun_at is not None, erasure.finished_at) == (True, None)
    assert not world.rows(CasePerson)[0].is_erased
    done = retain(world.ports, dry_run=False)
    assert done.finished == 1
    assert files(world) == []
    assert world.rows(CasePerson)[0].is_erased
    before = everything(world)
    assert erase(world.ports, erasure.id) == approve_erasure(world.ports, name, actor="omar")
    assert everything(world) == before


def test_what_was_to_be_told_to_somebody_erased_is_not_told(world: World) -> None:
    case_id = world.at(S.REJECTED, world.draft(Service.INDIVIDUAL, world.person(18, Trouble.NO_BIOMETRICS)))
    erased(world, case_id)
    send_due(world.ports)
    assert [each.outcome for each in world.rows(Message)] == [MessageOutcome.OUT_OF_DATE]
    assert world.messages.tries == []
