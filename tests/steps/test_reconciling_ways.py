"""The other ways to reconcile: a gateway's own list, the form in Prefect; and what people see of it."""

import asyncio
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from flows.reconcile import reconcile
from infra.gateway import Capabilities
from infra.payments.reconciling import import_listing
from infra.payments.reconciling.report_table import print_report
from infra.wiring import Ports
from models.case import CaseStatus
from models.errors import InputError, MissingError
from models.money import Money
from models.payments.attempt import AttemptState, PaymentAttempt
from models.payments.ledger import LedgerEntry
from models.payments.posting import Posting, PostingKind
from models.payments.settlement_file import LineClass, SettlementFile
from tasks.reconciliation import _import_file, _page
from tests.fakes import FakeGateway
from tests.settlement import DAY, File
from tests.world import World

_C = LineClass


class ListingGateway(FakeGateway):
    """A gateway that tells what it posted."""

    name = "lister"

    def __init__(self) -> None:
        super().__init__()
        self.posted: list[Posting] = []

    @property
    def capabilities(self) -> Capabilities:
        return replace(super().capabilities, lists_transactions=True)

    def list_transactions(self, day: date) -> list[Posting]:
        return [each for each in self.posted if each.posted_on == day]


@pytest.fixture
def lister() -> ListingGateway:
    return ListingGateway()


@pytest.fixture
def ports(world: World, lister: ListingGateway) -> Ports:
    return replace(world.ports, other_gateways=(lister,))


def list_of(ports: Ports, day: date = DAY, gateway: str = "lister") -> Any:
    return import_listing(ports, gateway=gateway, day=day, actor="accountant")


def started(world: World) -> PaymentAttempt:
    attempt = world.start(world.at(CaseStatus.AWAITING_PAYMENT))
    world.sql("update payment_attempt set gateway = 'lister'")
    return attempt


def test_a_gateways_own_list_is_taken_in_like_a_file(world: World, ports: Ports, lister: ListingGateway) -> None:
    attempt = started(world)
    numbers = {"trackid": attempt.trackid, "paymentid": "chg_1", "amount": Money(attempt.amount_fils)}
    lister.posted = [Posting(kind=PostingKind.CAPTURE, posted_on=DAY, tranid="t1", **numbers)]
    world.clock.advance(days=1)
    first, again = list_of(ports), list_of(ports)
    assert (first.name, first.counts, first.already) == (f"lister-{DAY}", {_C.LATE_CAPTURE: 1}, False)
    assert (again.already, again.counts) == (True, first.counts)
    assert world.get(PaymentAttempt, attempt.id).state is AttemptState.CAPTURED
    lister.posted += [Posting(kind=PostingKind.REVERSAL, posted_on=DAY, tranid="t2", **numbers)]
    assert list_of(ports).counts == {_C.DUPLICATE: 1, _C.REVERSED: 1}
    assert world.get(PaymentAttempt, attempt.id).state is AttemptState.VOIDED
    assert {each.gateway for each in world.rows(LedgerEntry)} == {"lister"}


def test_an_empty_list_covers_its_day(world: World, ports: Ports) -> None:
    world.clock.advance(days=1)
    report = list_of(ports)
    assert (report.lines, report.first_day, report.last_day, report.totals_agree) == (0, DAY, DAY, True)


def test_a_day_that_is_not_over_and_a_gateway_without_a_list_are_refused(world: World, ports: Ports) -> None:
    with pytest.raises(InputError, match="must be over"):
        list_of(ports)
    with pytest.raises(InputError, match="has no list"):
        list_of(ports, DAY - timedelta(days=1), "knet")
    with pytest.raises(MissingError):
        list_of(ports, DAY - timedelta(days=1), "nobody")
    assert world.rows(SettlementFile) == []


def test_the_form_takes_a_file_and_its_page_shows_counts_and_no_amount(world: World, tmp_path: Path) -> None:
    paid = world.pay(world.at(CaseStatus.AWAITING_PAYMENT))
    path = tmp_path / "knet-2026-11-23.csv"
    path.write_bytes(File(off=1).sale(paid).stranger(5000).data)
    page = _page(_import_file(path, "sandbox_knet"))
    assert page.startswith("2 line(s), totals DIFFER, 2 question(s) for staff.")
    assert "| unknown payment | 1 |" in page
    assert "5.000" not in page
    assert str(Money(paid.amount_fils)) not in page
    assert _page(_import_file(path, "sandbox_knet")).startswith("Imported before, nothing changed: 2 line(s)")


@pytest.mark.parametrize("name", ["secrets.env", "missing.csv"])
def test_the_form_opens_nothing_that_is_no_settlement_file(world: World, tmp_path: Path, name: str) -> None:
    (tmp_path / "secrets.env").write_text("KEY=1")
    with pytest.raises(InputError, match=r"\.csv or \.txt"):
        _import_file(tmp_path / name, "sandbox_knet")
    assert world.rows(SettlementFile) == []


@pytest.mark.parametrize(
    "form", [{}, {"day": DAY}, {"file": "a.csv", "day": DAY}, {"file": "a.csv", "source": "tap"}], ids=str
)
def test_the_form_wants_either_a_file_or_a_gateway(form: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="either a file and its profile, or a gateway and perhaps a day"):
        asyncio.run(reconcile.fn(**form))


@pytest.mark.parametrize(("form", "read"), [({"day": DAY}, [DAY]), ({}, [DAY - timedelta(days=1), DAY])], ids=str)
def test_a_gateway_is_asked_for_the_day_or_for_the_last_ones(
    monkeypatch: pytest.MonkeyPatch, form: dict[str, Any], read: list[date]
) -> None:
    async def reconcile_day(gateway: str, day: date) -> str:
        return f"{gateway} {day}"

    monkeypatch.setattr("flows.reconcile.reconcile_day", reconcile_day)
    monkeypatch.setattr("flows.reconcile.recent_days", lambda: [DAY - timedelta(days=1), DAY])
    state = asyncio.run(reconcile.fn(source="tap", **form))
    assert state.message == " ".join(f"tap {day}" for day in read)


def test_the_terminal_shows_sums_totals_and_what_staff_do_in_both_languages(world: World) -> None:
    paid = world.pay(world.at(CaseStatus.AWAITING_PAYMENT))
    file = File(off=1).sale(paid).stranger(5000)
    screen = Console(record=True, width=200)
    print_report(screen, file.taken_in(world))
    shown = screen.export_text()
    assert "unknown payment" in shown
    assert "5.000" in shown
    assert "captures: the bank says KD 0.001 more than its lines make" in shown
    assert "It stands in suspense" in shown
    assert "المبلغ في الحساب المعلّق" in shown
    print_report(screen, file.taken_in(world))
    assert "imported before; nothing was changed" in screen.export_text()
