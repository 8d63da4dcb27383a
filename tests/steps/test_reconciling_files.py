"""Settlement files as files: what is missing, doubled or wrong in them, twice the same, interrupted, at once."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any
from uuid import UUID

import pytest
from rich.console import Console
from sqlalchemy import event

from infra.payments.due import settle_due
from infra.payments.reconciling import Report, find_absent
from infra.payments.reconciling.report_table import print_report
from models.base import Record
from models.case import CaseStatus
from models.errors import InputError, MissingError
from models.money import Money
from models.payments.attempt import AttemptState, PaymentAttempt
from models.payments.evidence import EvidenceKind, EvidenceOutcome, GatewayEvidence
from models.payments.ledger import LedgerAccount, LedgerEntry, LedgerKind
from models.payments.order import OrderStatus
from models.payments.posting import PostingKind
from models.payments.refund import Refund
from models.payments.review import ReviewItem, ReviewKind
from models.payments.settlement_file import LineClass, SettlementFile, SettlementLine
from tests.crashes import CrashError, counted_commits, crash
from tests.racing import at_once
from tests.settlement import DAY, File, take_in
from tests.world import World

_C, _K, _L, _R = LineClass, LedgerKind, LedgerAccount, ReviewKind
COMMITS = 13  # the file, its nine lines, a look for what is absent, the end, the report
TABLES: tuple[type[Record], ...] = (
    SettlementFile,
    SettlementLine,
    LedgerEntry,
    GatewayEvidence,
    ReviewItem,
    Refund,
)


@pytest.fixture
def case_id(world: World) -> UUID:
    return world.at(CaseStatus.AWAITING_PAYMENT)


@pytest.fixture
def paid(world: World, case_id: UUID) -> PaymentAttempt:
    return world.pay(case_id)


def questions(world: World) -> list[ReviewKind]:
    return [each.kind for each in world.rows(ReviewItem, resolved_at=None)]


def sizes(world: World) -> list[int]:
    return [len(world.rows(table)) for table in TABLES]


def test_s27_missing_line_is_asked_about_after_two_days_and_heals_when_it_comes(
    world: World, case_id: UUID, paid: PaymentAttempt
) -> None:
    File().taken_in(world, name="knet-2026-11-23.csv")
    world.clock.advance(days=1)
    File(day=DAY + timedelta(days=1)).stranger().taken_in(world)
    assert questions(world) == [_R.UNKNOWN_PAYMENT]
    world.clock.advance(days=1)
    report = File(day=DAY + timedelta(days=2)).stranger(tranid="210").taken_in(world)
    assert [each.kind for each in report.reviews] == [_R.UNKNOWN_PAYMENT, _R.NOT_SETTLED]
    assert (world.order(case_id).status, world.status(case_id)) == (OrderStatus.REVIEW, CaseStatus.PAYMENT_REVIEW)
    assert settle_due(world.ports).asked == [paid.id]  # asked about again; the gateway stays with what it said
    assert _R.NOT_SETTLED in questions(world)
    report = File(fee=151).sale(paid).taken_in(world)
    assert report.counts == {_C.MATCHED: 1}
    assert _R.NOT_SETTLED not in questions(world)
    assert (world.order(case_id).status, world.status(case_id)) == (OrderStatus.PAID, CaseStatus.PAID)


def test_payment_of_a_day_without_any_file_is_not_missed(world: World, paid: PaymentAttempt) -> None:
    world.clock.advance(days=9)
    assert find_absent(world.ports, gateway="knet", now=world.clock()) == []
    report = File(day=DAY + timedelta(days=8)).stranger().taken_in(world)
    assert [each.kind for each in report.reviews] == [_R.UNKNOWN_PAYMENT]
    assert world.get(PaymentAttempt, paid.id).next_check_at is None


def test_what_staff_have_answered_is_not_asked_again(world: World, paid: PaymentAttempt) -> None:
    File().taken_in(world, name="knet-2026-11-23.csv")
    world.clock.advance(days=3)
    assert len(find_absent(world.ports, gateway="knet", now=world.clock())) == 1
    world.sql("update review_item set resolved_at = now(), resolved_by = 'staff', resolution = 'the bank paid by hand'")
    assert find_absent(world.ports, gateway="knet", now=world.clock()) == []
    assert world.get(PaymentAttempt, paid.id).state is AttemptState.CAPTURED


def test_s27_extra_line_waits_in_suspense_and_is_never_refunded(world: World, paid: PaymentAttempt) -> None:
    report = File().sale(paid).stranger(5000).taken_in(world)
    assert report.counts == {_C.MATCHED: 1, _C.UNKNOWN_PAYMENT: 1}
    [entry] = world.rows(LedgerEntry, credit=LedgerAccount.SUSPENSE)
    assert (entry.order_id, entry.amount_fils, entry.booked_on) == (None, 5000, DAY)
    assert (questions(world), world.rows(Refund)) == ([_R.UNKNOWN_PAYMENT], [])
    [item] = world.rows(ReviewItem)
    assert item.note == "knet.csv, line 3"
    bank = sum(each.amount_fils for each in world.rows(LedgerEntry, debit=LedgerAccount.BANK))
    assert bank - 300 == report.totals.net.fils


def test_s27_duplicate_line_counts_once(world: World, paid: PaymentAttempt) -> None:
    report = File().sale(paid).sale(paid).stranger().stranger().taken_in(world)
    assert report.counts == {_C.MATCHED: 1, _C.UNKNOWN_PAYMENT: 1, _C.DUPLICATE: 2}
    assert len(world.rows(LedgerEntry, kind=_K.SETTLEMENT)) == 2
    [fees] = world.rows(LedgerEntry, kind=_K.FEE)
    assert fees.amount_fils == 300


def test_line_of_an_earlier_file_counts_once(world: World, paid: PaymentAttempt) -> None:
    File().sale(paid).stranger().taken_in(world)
    report = File(fee=151).sale(paid).stranger().taken_in(world, name="again.csv")
    assert report.counts == {_C.DUPLICATE: 2}
    assert len(world.rows(LedgerEntry, kind=_K.SETTLEMENT)) == 2
    assert len(world.rows(LedgerEntry, kind=_K.FEE)) == 1


@pytest.mark.parametrize("off", [1, -1])
def test_s27_wrong_total_is_told_to_the_fil(world: World, paid: PaymentAttempt, off: int) -> None:
    report = File(off=off).sale(paid).taken_in(world)
    assert (report.totals_agree, report.differences) == (False, {"captures": Money(off)})
    [item] = world.rows(ReviewItem)
    assert item.kind is _R.TOTALS_DIFFER
    assert f"difference {Money(off)}" in item.note
    assert report.counts == {_C.MATCHED: 1}


def test_s27_posting_days_without_a_year_around_the_end_of_a_year(world: World, case_id: UUID) -> None:
    world.sql("update payment_order set expires_at = '2027-02-01'")
    world.clock.at = datetime(2026, 12, 31, 20, tzinfo=UTC)  # 23:00 in Kuwait
    paid = world.pay(case_id)
    world.clock.at = datetime(2027, 1, 2, 9, tzinfo=UTC)
    old, new = File().sale(paid).stranger(), "0101"
    data = old.data.replace(b"23/11/2026", b"1231", 1).replace(b"23/11/2026", new.encode())
    report = take_in(world, data, profile="sandbox_knet_mmdd")
    assert [str(report.first_day), str(report.last_day)] == ["2026-12-31", "2027-01-01"]
    payouts = world.rows(LedgerEntry, kind=_K.SETTLEMENT)
    assert [str(each.booked_on) for each in payouts] == ["2026-12-31", "2027-01-01"]
    assert report.counts == {_C.MATCHED: 1, _C.UNKNOWN_PAYMENT: 1}
    assert len(world.rows(LedgerEntry, kind=_K.FEE)) == 2  # one for each day


def test_a_sum_of_duplicates_never_mixes_what_came_and_what_went(world: World, paid: PaymentAttempt) -> None:
    report = (
        File().sale(paid).credit(paid, 3000, tranid="501").sale(paid).credit(paid, 3000, tranid="501").taken_in(world)
    )
    twice = {each.kind: (each.lines, each.amount) for each in report.parts if each.line_class is _C.DUPLICATE}
    assert twice == {PostingKind.CAPTURE: (1, Money(paid.amount_fils)), PostingKind.REFUND: (1, Money(3000))}
    assert report.counts[_C.DUPLICATE] == 2
    screen = Console(file=StringIO(), width=120)
    print_report(screen, report)
    shown = screen.file.getvalue()  # type: ignore[attr-defined]
    assert "duplicate (capture)" in shown
    assert "duplicate (refund)" in shown
    assert "matched (" not in shown


def test_two_days_on_which_nothing_happened_are_two_files(world: World) -> None:
    nothing = File().data
    days = [DAY, DAY + timedelta(days=1)]
    reports = [take_in(world, nothing, name=f"knet-{day}.csv") for day in days]
    assert [(each.already, each.first_day, each.last_day) for each in reports] == [(False, day, day) for day in days]
    assert take_in(world, nothing, name=f"again-{DAY}.csv").already
    other = take_in(world, nothing, name=f"knet-{DAY}.csv", profile="sandbox_knet_mmdd")
    assert (other.already, len(world.rows(SettlementFile))) == (False, 3)


def test_the_same_file_again_says_so_and_changes_nothing(world: World, paid: PaymentAttempt) -> None:
    file = File().sale(paid).stranger()
    first, before = file.taken_in(world), sizes(world)
    again = file.taken_in(world, name="another name.csv")
    assert (first.already, again.already, again.counts) == (False, True, first.counts)
    assert [each.id for each in again.reviews] == [each.id for each in first.reviews]
    assert (sizes(world), again.name) == (before, "knet.csv")


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ((b"Tran ID", b"Transaction"), "column 'Tran ID'"),
        ((b"Auth Code", b"Tran ID"), "column 'Tran ID', column 'Auth Code'"),
        ((b"120.", b"120,"), "line 2"),
        ((b"Posted", b"Pending"), "line 2, Status"),
        ((b"Sale", b"Gift"), "line 2, Type"),
        ((b"23/11/2026", b"31/02/2026"), "line 2, Post Date"),
        ((b"23/11/2026", b"2026-11-23"), "line 2, Post Date"),
        ((b"0.150,10", b"0.15,10"), "line 2, Fee"),
        ((b"TOTAL", b"TOTALS"), "row 'TOTAL'"),
        ((b"\r\nTOTAL", b"\r\nTOTAL,0.000,0.000,0.000,0.000\r\nTOTAL"), "line 3"),
        ((b"Sale", b"\xff"), "file"),
    ],
)
def test_file_that_cannot_be_read_names_the_place_is_kept_and_changes_nothing(
    world: World, paid: PaymentAttempt, wrong: tuple[bytes, bytes], field: str
) -> None:
    amount = str(Money(paid.amount_fils)).encode()
    good = File().sale(paid).data.replace(amount, b"120.000")
    data, before = good.replace(*wrong, 1), sizes(world)
    assert data != good
    with pytest.raises(InputError) as refused:
        take_in(world, data)
    assert refused.value.field == field
    [kept] = world.rows(GatewayEvidence, kind=EvidenceKind.SETTLEMENT_LINE)
    assert (kept.outcome, kept.raw) == (EvidenceOutcome.MALFORMED, data)
    with pytest.raises(InputError):
        take_in(world, data)
    evidence = TABLES.index(GatewayEvidence)
    assert [size - (at == evidence) for at, size in enumerate(sizes(world))] == before


@pytest.mark.parametrize("how", [{"profile": "nowhere"}, {"gateway": "tap"}])
def test_profile_and_gateway_must_exist(world: World, how: dict[str, Any]) -> None:
    from infra.payments.reconciling import import_settlement  # noqa: PLC0415

    order = {"gateway": "knet", "profile": "sandbox_knet", "name": "x", "data": File().data, "actor": "a"} | how
    with pytest.raises((InputError, MissingError)):
        import_settlement(world.ports, **order)
    assert world.rows(GatewayEvidence) == []


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
    files = [File(fee=fee).sale(paid).stranger() for fee in (150, 151)]
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
