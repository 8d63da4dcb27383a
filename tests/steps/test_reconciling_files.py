"""Settlement files as files: what is missing, doubled or wrong in them, twice the same."""

from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any
from uuid import UUID

import pytest
from rich.console import Console

from infra.payments.due import settle_due
from infra.payments.reconciling import find_absent
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
from tests.settlement import DAY, File, questions, take_in
from tests.world import World

_C, _K, _L, _R = LineClass, LedgerKind, LedgerAccount, ReviewKind
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
    twice = Money(paid.amount_fils + 5000)
    assert (report.differences["captures"], questions(world)) == (twice, [_R.UNKNOWN_PAYMENT, _R.TOTALS_DIFFER])


def test_a_line_that_stands_twice_agrees_with_a_total_that_counts_it_once(world: World, paid: PaymentAttempt) -> None:
    file = File().sale(paid)
    file.rows *= 2
    report = file.taken_in(world)
    assert (report.counts, report.totals_agree) == ({_C.MATCHED: 1, _C.DUPLICATE: 1}, True)
    assert file.taken_in(world).totals_agree
    assert questions(world) == []


def test_equal_refunds_on_one_number_are_counted_once_and_asked_about(world: World, paid: PaymentAttempt) -> None:
    number = f"20{paid.trackid}"
    report = File().credit(paid, 1000, tranid=number).credit(paid, 1000, tranid=number).taken_in(world)
    assert report.counts == {_C.EXTERNAL_REFUND: 1, _C.DUPLICATE: 1}
    assert report.differences == {"refunds": Money(1000), "net": Money(-1000)}
    assert questions(world) == [_R.EXTERNAL_REFUND, _R.TOTALS_DIFFER]


def test_lines_that_an_earlier_file_showed_are_part_of_both_totals(world: World, paid: PaymentAttempt) -> None:
    File().sale(paid).taken_in(world)
    report = File().sale(paid).credit(paid, 1000, tranid="77").taken_in(world)
    assert (report.counts, report.totals_agree) == ({_C.DUPLICATE: 1, _C.EXTERNAL_REFUND: 1}, True)


def test_line_of_an_earlier_file_counts_once(world: World, paid: PaymentAttempt) -> None:
    File().sale(paid).stranger().taken_in(world)
    report = File().stranger().sale(paid).taken_in(world, name="again.csv")
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
        ((b"23/11/2026", b"23/11/2062"), "line 2, Post Date"),
        ((b"UDF5", b"UDF5,Currency"), "column 'Currency'"),
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
