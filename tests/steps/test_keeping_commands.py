"""The commands for reminders, receipts, retention and erasure: what they print, and what they refuse."""

from datetime import timedelta

from infra.sandbox.troubles import Trouble
from models.case import CaseStatus
from models.message import Message, MessageKind
from models.person import CasePerson
from models.reminder import Reminder
from models.service import Service
from tests.at_the_terminal import Run, refused, said
from tests.world import World

S = CaseStatus


def a_refused_case(world: World) -> str:
    person = world.person(18, Trouble.NO_BIOMETRICS)
    return world.case(world.at(S.REJECTED, world.draft(Service.INDIVIDUAL, person))).reference


def test_remind_counts_first_and_then_tells(world: World, run: Run) -> None:
    a_refused_case(world)
    expires = world.rows(CasePerson)[0].permit_expires
    assert expires is not None
    day = str(expires - timedelta(days=14))
    assert "1 person(s) would be reminded, in 1 message(s)." in said(run("remind", "--dry-run", "--day", day))
    assert world.rows(Reminder) == []
    assert "1 person(s) reminded, in 1 message(s)." in said(run("remind", "--day", day))
    assert "0 person(s) reminded" in said(run("remind", "--day", day))
    assert "'tomorrow' is not a day like" in refused(run("remind", "--day", "tomorrow"))


def test_retain_is_a_dry_run_unless_told_and_waits_for_confirmation(world: World, run: Run) -> None:
    a_refused_case(world)
    world.clock.advance(days=400)
    assert "rejected" in said(run("retain"))
    assert not world.rows(CasePerson)[0].is_erased
    said(run("retain", "--do"))
    assert not world.rows(CasePerson)[0].is_erased
    said(run("retain", "--do", "--include-unconfirmed"))
    assert world.rows(CasePerson)[0].is_erased


def test_erasing_takes_two_persons(world: World, run: Run) -> None:
    reference = a_refused_case(world)
    assert "approve-erasure" in said(run("erase", reference, "--reason", "asked", "--as", "sara"))
    assert "another person" in refused(run("approve-erasure", reference, "--as", "sara"))
    said(run("withdraw-erasure", reference, "--as", "sara"))
    said(run("erase", reference, "--reason", "asked", "--as", "sara"))
    assert "is erased" in said(run("approve-erasure", reference, "--as", "omar"))
    assert "erased" in said(run("status", reference))


def test_a_legal_hold_is_placed_and_lifted(world: World, run: Run) -> None:
    reference = a_refused_case(world)
    said(run("legal-hold", reference, "--reason", "court", "--as", "sara"))
    assert "legal hold by sara: court" in refused(run("erase", reference, "--reason", "asked", "--as", "omar"))
    said(run("lift-legal-hold", reference, "--as", "omar"))
    said(run("erase", reference, "--reason", "asked", "--as", "omar"))


def test_a_receipt_is_sent_again(world: World, run: Run) -> None:
    reference = world.case(world.at(S.COMPLETED)).reference
    assert "on its way" in said(run("receipts", "resend", reference))
    assert "a moment ago" in said(run("receipts", "resend", reference))
    assert len(world.rows(Message, kind=MessageKind.RECEIPT_RESENT)) == 1
    assert "no receipt" in refused(run("receipts", "resend", a_refused_case(world)))
