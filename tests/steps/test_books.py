"""The books, read: they balance, a day's statement adds up, and the export holds every entry and nobody's name."""

import csv
import io
from datetime import timedelta
from uuid import UUID

import pytest
from sqlmodel import Session

from infra.clock import kuwait_date
from infra.payments.booking import unbook_refund
from infra.payments.books import daily_statement, trial_balance
from infra.payments.due import settle_due
from infra.payments.statement_csv import HEADER, write_csv
from models.case import CaseStatus
from models.errors import InputError
from models.history import Act
from models.money import Money
from models.payments.evidence import EvidenceOutcome
from models.payments.ledger import LedgerAccount, LedgerEntry, LedgerKind
from models.payments.refund import Refund
from models.person import CasePerson
from tests.checkout import CHECKOUT
from tests.world import World

_A, _K, _S = LedgerAccount, LedgerKind, CaseStatus


@pytest.fixture
def surplus(world: World) -> UUID:
    """A case that was paid twice; the second payment waits to go back."""
    case_id = world.at(_S.AWAITING_PAYMENT)
    first = world.start(case_id)
    world.gateway.refuses(first.trackid, EvidenceOutcome.DECLINED)
    world.settle(first)
    world.pay(case_id)
    world.paid_at_the_bank(first)
    world.clock.advance(seconds=61)
    world.settle(first)
    return case_id


def exported(session: Session, world: World, *, days: int = 0) -> list[dict[str, str]]:
    file = io.StringIO(newline="")
    count = write_csv(session, file, first=world.today - timedelta(days=days), last=world.today)
    rows = list(csv.DictReader(io.StringIO(file.getvalue(), newline="")))
    assert count == len(rows)
    return rows


def test_trial_balance_of_empty_books_is_nothing_everywhere(world: World) -> None:
    with world.session() as session:
        assert [each.balance for each in trial_balance(session)] == [0] * len(LedgerAccount)


def test_all_debits_are_all_credits_and_the_gateway_owes_what_is_owed(world: World, surplus: UUID) -> None:
    amount = world.order(surplus).amount_fils
    with world.session() as session:
        accounts = {each.account: each for each in trial_balance(session)}
        assert all(each.balance == 0 for each in trial_balance(session, on=world.today - timedelta(days=1)))
    assert sum(each.debits for each in accounts.values()) == sum(each.credits for each in accounts.values())
    assert accounts[_A.GATEWAY].balance == 2 * amount
    assert (accounts[_A.ORDERS].balance, accounts[_A.SUSPENSE].balance) == (-amount, -amount)


def test_statement_adds_up_and_names_whom_the_money_is_for(world: World, surplus: UUID) -> None:
    amount = world.order(surplus).amount_fils
    with world.session() as session:
        statement = daily_statement(session, world.today)
    assert (statement.opening, statement.movements[_K.CAPTURE], statement.closing) == (0, 2 * amount, 2 * amount)
    assert sum(each.fils for each in statement.payees) == amount
    assert len({each.payee_en for each in statement.payees}) == len(statement.payees) > 1
    [held] = statement.suspense
    assert held.fils == amount
    assert "nothing was owed" in held.reason


def test_next_days_statement_begins_where_this_one_ended(world: World, surplus: UUID) -> None:
    amount, yesterday = world.order(surplus).amount_fils, world.today
    world.clock.advance(days=1)
    settle_due(world.ports)
    with world.session() as session:
        before, after = (daily_statement(session, day) for day in (yesterday, kuwait_date(world.clock.at)))
    assert after.opening == before.closing
    assert (after.movements[_K.REFUND], after.closing) == (-amount, amount)
    assert (after.payees, after.suspense, after.suspended) == ([], [], 0)
    assert before.suspended == amount


def test_refund_that_was_not_carried_out_after_all_is_in_suspense_again(world: World, surplus: UUID) -> None:
    amount = world.order(surplus).amount_fils
    world.clock.advance(minutes=5)
    settle_due(world.ports)
    [refund] = world.rows(Refund)
    with world.session() as session:
        act = Act(actor="sara", at=world.clock(), evidence_id=world.rows(LedgerEntry)[0].evidence_id)
        assert daily_statement(session, world.today).suspense == []
        unbook_refund(session, refund, act=act)
        statement = daily_statement(session, world.today)
    assert [each.fils for each in statement.suspense] == [amount]
    assert (statement.movements[_K.ADJUSTMENT], statement.closing) == (amount, 2 * amount)


def test_statement_of_another_gateway_is_empty(world: World, surplus: UUID) -> None:
    with world.session() as session:
        statement = daily_statement(session, world.today, gateway="tap")
    assert (statement.closing, statement.payees, statement.suspense) == (0, [], [])
    assert world.rows(LedgerEntry, gateway="knet")
    assert surplus


def test_export_holds_every_entry_with_its_proof_and_its_case(world: World, surplus: UUID) -> None:
    world.clock.advance(minutes=5)
    settle_due(world.ports)
    with world.session() as session:
        rows = exported(session, world)
    assert list(rows[0]) == list(HEADER)
    assert [row["kind"] for row in rows] == ["capture", "capture", "refund"]
    assert {row["amount_kd"] for row in rows} == {str(Money(world.order(surplus).amount_fils))}
    assert {row["cases"] for row in rows} == {world.case(surplus).reference}
    assert {row["trackid"] for row in rows} == {each.trackid for each in world.attempts(surplus)}
    assert {UUID(row["evidence"]) for row in rows} == {each.evidence_id for each in world.rows(LedgerEntry)}
    assert rows[0]["written_at"].endswith("+03:00")


def test_nobodys_name_or_civil_number_is_exported(world: World, surplus: UUID) -> None:
    [person] = world.rows(CasePerson, case_id=surplus)
    with world.session() as session:
        text = str(exported(session, world))
    assert person.civil_number not in text
    assert person.name_latin not in text


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t"])
def test_cell_that_a_spreadsheet_would_compute_is_disarmed(world: World, surplus: UUID, start: str) -> None:
    """What stands in a bank's file is not ours."""
    entry = world.rows(LedgerEntry)[0]
    with world.session() as session:
        session.add(LedgerEntry(**{**entry.model_dump(exclude={"id"}), "gateway_ref": f"{start}HYPERLINK(1)"}))
        session.flush()
        assert f"'{start}HYPERLINK(1)" in {row["gateway_ref"] for row in exported(session, world)}
    assert surplus


def test_days_in_the_wrong_order_are_a_clear_error(world: World) -> None:
    with world.session() as session, pytest.raises(InputError, match="first day"):
        exported(session, world, days=-1)


def test_the_finance_departments_page_explains_each_column_as_it_is() -> None:
    page = (CHECKOUT / "docs" / "ledger-export.md").read_text("utf-8").splitlines()
    rows = [line.strip("| ").split(" | ") for line in page if line.startswith("| `")]
    assert {row[0].strip("`"): row[1] for row in rows} == HEADER
    assert all(len(row) == 3 and row[2] for row in rows)
