"""Settlement files taken in under trouble: interrupted at any commit, several at once, and how much a line costs."""

from collections import Counter
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event

from infra.payments.reconciling import Report
from models.case import CaseStatus
from models.payments.attempt import PaymentAttempt
from models.payments.evidence import EvidenceOutcome
from models.payments.ledger import LedgerAccount, LedgerEntry, LedgerKind
from models.payments.refund import Refund
from models.payments.review import ReviewItem, ReviewKind
from models.payments.settlement_file import LineClass, SettlementLine
from tests.crashes import CrashError, counted_commits, crash
from tests.racing import at_once
from tests.settlement import File
from tests.world import World

_C, _K, _L, _R = LineClass, LedgerKind, LedgerAccount, ReviewKind
COMMITS = 14  # the file, its nine lines, looks for what is absent and for what stands twice, the end, the report


@pytest.fixture
def case_id(world: World) -> UUID:
    return world.at(CaseStatus.AWAITING_PAYMENT)


@pytest.fixture
def paid(world: World, case_id: UUID) -> PaymentAttempt:
    return world.pay(case_id)


def a_full_day(world: World) -> File:
    """Every kind of line, over payments in every standing."""
    matched, late, off, voided, declined = (world.at(CaseStatus.AWAITING_PAYMENT) for _ in range(5))
    file = File(off=1)
    file.sale(world.pay(matched)).sale(world.start(late))
    attempt = world.start(off)
    file.sale(attempt, amount=attempt.amount_fils + 1)
    file.sale(world.pay(voided), reversed_=True)
    first = world.start(declined)
    world.notify(world.gateway.refuses(first.trackid, EvidenceOutcome.DECLINED))
    world.settle(first)
    second = world.pay(declined)
    return file.sale(second).sale(first).stranger().stranger().credit(second, 1000, tranid="501")


def assert_a_full_day_was_taken_in(world: World, report: Report) -> None:
    """Each line once, each fil once: nothing here may depend on where an import died."""
    assert report.counts == {
        _C.MATCHED: 2,
        _C.LATE_CAPTURE: 1,
        _C.UNKNOWN_PAYMENT: 1,
        _C.AMOUNT_DIFFERS: 1,
        _C.SURPLUS: 1,
        _C.REVERSED: 1,
        _C.EXTERNAL_REFUND: 1,
        _C.DUPLICATE: 1,
    }
    assert sorted(each.kind for each in world.rows(ReviewItem)) == sorted(
        (_R.MISMATCH, _R.REVERSED, _R.UNKNOWN_PAYMENT, _R.EXTERNAL_REFUND, _R.TOTALS_DIFFER)
    )
    entries = world.rows(LedgerEntry)
    kinds = Counter(each.kind for each in entries)
    assert kinds == {_K.CAPTURE: 7, _K.SETTLEMENT: 7, _K.VOID: 1, _K.REFUND: 1, _K.FEE: 1}
    bank = sum(each.amount_fils * ((each.debit is _L.BANK) - (each.credit is _L.BANK)) for each in entries)
    assert bank == report.totals.net.fils - (5000 - 150)  # without the line that stood there twice
    assert len(world.rows(Refund)) == 3  # the other sum and the surplus go back; one went back at the bank


@pytest.mark.parametrize(
    ("moment", "nth"), [*(("before_commit", nth) for nth in range(1, COMMITS + 1)), ("after_commit", COMMITS)]
)
def test_an_import_that_died_at_any_commit_goes_on_when_it_is_made_again(world: World, moment: str, nth: int) -> None:
    """Nothing happens between two commits: just after one is just before the next."""
    file = a_full_day(world)
    with pytest.raises(CrashError), crash(moment, nth=nth):
        file.taken_in(world)
    assert_a_full_day_was_taken_in(world, file.taken_in(world))


def test_an_import_has_the_commits_at_which_it_was_made_to_die(world: World) -> None:
    file = a_full_day(world)
    with counted_commits() as commits:
        file.taken_in(world)
    assert len(commits) == COMMITS


@pytest.mark.parametrize("times", [2, 3])
def test_imports_of_one_file_at_once_are_one_import(world: World, times: int) -> None:
    file = a_full_day(world)
    reports = at_once(*[lambda: file.taken_in(world)] * times)
    assert all(isinstance(each, Report) for each in reports)
    assert_a_full_day_was_taken_in(world, file.taken_in(world))


def test_two_files_with_the_same_lines_at_once_book_them_once(world: World, paid: PaymentAttempt) -> None:
    files = [File().sale(paid).stranger(), File().stranger().sale(paid)]
    reports = at_once(*[lambda file=file: file.taken_in(world) for file in files])
    assert all(isinstance(each, Report) for each in reports)
    classes = sorted(each.line_class for each in world.rows(SettlementLine))
    assert classes == [_C.DUPLICATE, _C.DUPLICATE, _C.MATCHED, _C.UNKNOWN_PAYMENT]
    assert len(world.rows(LedgerEntry, kind=_K.SETTLEMENT)) == 2


def test_a_line_costs_few_statements_so_that_a_thousand_take_seconds(world: World, paid: PaymentAttempt) -> None:
    file = File().sale(paid)
    for nth in range(99):
        file.stranger(5000 + nth, tranid=f"9{nth}", trackid=f"S{nth}")
    statements: list[str] = []
    told: list[tuple[int, int]] = []

    def note(*happening: Any) -> None:
        statements.append(happening[2])

    event.listen(world.ports.engine, "before_cursor_execute", note)
    try:
        report = file.taken_in(world, on_progress=lambda done, total: told.append((done, total)))
    finally:
        event.remove(world.ports.engine, "before_cursor_execute", note)
    assert len(statements) <= 14 * 100
    assert (report.lines, told[0], told[-1]) == (100, (1, 100), (100, 100))
