"""The sandbox's books, its doors, and the page forms its payer reads."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from time import perf_counter
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from infra.clock import KUWAIT
from infra.errors import PermanentError
from infra.sandbox.app import create_app
from infra.sandbox.bank import Bank
from infra.sandbox.books import Becomes, Ending, Payment, Purchase, posting_day
from infra.sandbox.codes import Code, KnetRefusalError
from infra.sandbox.forms import find_form
from infra.sandbox.journal import Journal
from infra.sandbox.population import Population
from infra.sandbox.settings import SandboxSettings
from infra.sandbox.virtual_clock import VirtualClock
from infra.settings import Environment
from models.money import Money

CAPTURED = Ending(result="CAPTURED")


def purchase(trackid: str = "RP1") -> Purchase:
    url = "https://m.test/knet"
    return Purchase(trackid=trackid, amt="10.000", langid="AR", response_url=url, error_url=url)


def settings(folder: Path, **changes: Any) -> SandboxSettings:
    return SandboxSettings(
        tranportal_id="900001",
        tranportal_password=SecretStr("sandboxpw"),
        resource_key=SecretStr("0123456789ABCDEF"),
        registry_token=SecretStr("token"),
        folder=folder,
        **changes,
    )


def bank(folder: Path, clock: VirtualClock | None = None, **changes: Any) -> Bank:
    told = settings(folder, **changes)
    return Bank(Journal(folder / "books.jsonl"), settings=told, now=clock or VirtualClock())


def captured(at: Bank, trackid: str = "RP1", ending: Ending = CAPTURED) -> Payment:
    return at.end(at.open(purchase(trackid)).paymentid, ending)


async def ledger(app: FastAPI, *, caller: str) -> httpx.Response:
    transport = httpx.ASGITransport(app, client=(caller, 5000))
    async with httpx.AsyncClient(transport=transport, base_url="http://sandbox.test") as client:
        return await client.get("/__sandbox__/ledger")


def test_of_many_submissions_at_once_one_counts(tmp_path: Path) -> None:
    books = bank(tmp_path)
    payment = books.open(purchase())

    def submit(_: int) -> bool:
        try:
            books.end(payment.paymentid, CAPTURED)
        except KnetRefusalError:
            return False
        return True

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(submit, range(32))) == 1


def test_of_many_refunds_at_once_no_more_than_the_capture_is_given_back(tmp_path: Path) -> None:
    books = bank(tmp_path)
    payment = captured(books)

    def give_back(_: int) -> bool:
        try:
            books.refund(payment.paymentid, Money(3_000), by="api")
        except KnetRefusalError as refusal:
            return refusal.code is not Code.OVER_REFUND
        return True

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(give_back, range(16))) == 3
    assert books.find(payment.paymentid).left == Money(1_000)
    assert bank(tmp_path).ledger() == books.ledger()


def test_a_capture_nobody_confirmed_before_the_stop_goes_back(tmp_path: Path) -> None:
    books = bank(tmp_path)
    told = CAPTURED.model_copy(update={"awaits": "answer"})
    for trackid in ("RP1", "RP2"):
        captured(books, trackid, told)
    captured(books, "RP3")  # told to nobody, so nobody has to confirm
    captured(books, "RP4", CAPTURED.model_copy(update={"awaits": "release"}))
    books.answered(books.by_trackid("RP1").paymentid, confirmed=True)
    again = bank(tmp_path)
    assert [payment.voided for payment in again.ledger()] == [False, True, False, False]
    assert bank(tmp_path).ledger() == again.ledger()


def test_a_refused_copy_of_a_result_that_was_confirmed_takes_nothing_back(tmp_path: Path) -> None:
    books = bank(tmp_path)
    payment = captured(books, ending=CAPTURED.model_copy(update={"awaits": "answer"}))
    books.answered(payment.paymentid, confirmed=True)
    assert books.answered(payment.paymentid, confirmed=False).keeps_money


@pytest.mark.parametrize(
    ("becomes", "result", "takes", "voided"),
    [
        ("CAPTURED", "CAPTURED", "10.000", False),
        ("NOT CAPTURED", "NOT CAPTURED", None, False),
        ("SUSPECTED", "SUSPECTED", "10.000", True),
        ("VOIDED", "CAPTURED", "10.000", True),
    ],
)
def test_what_was_not_known_is_known_later(
    tmp_path: Path, becomes: Becomes, result: str, takes: str | None, *, voided: bool
) -> None:
    clock = VirtualClock()
    books = bank(tmp_path, clock)
    ending = Ending(result="HOST TIMEOUT", becomes=becomes, after=timedelta(days=1))
    payment = captured(books, ending=ending)
    assert (payment.result, payment.captured) == ("HOST TIMEOUT", None)
    clock.advance(timedelta(hours=23))
    assert books.by_trackid("RP1") == payment
    clock.advance(timedelta(hours=1))
    later = books.by_trackid("RP1")
    assert (later.result, later.captured, later.voided) == (result, takes, voided)
    assert books.by_trackid("RP1") == later
    assert bank(tmp_path, clock).by_trackid("RP1") == later


def test_a_late_capture_is_posted_on_the_day_on_which_it_comes(tmp_path: Path) -> None:
    clock = VirtualClock()
    books = bank(tmp_path, clock)
    first = captured(books, ending=Ending(result="HOST TIMEOUT", becomes="CAPTURED", after=timedelta(days=2))).posted
    clock.advance(timedelta(days=3))
    late = books.by_trackid("RP1").posted
    assert first is not None
    assert late is not None
    assert late.posted_on == first.posted_on + timedelta(days=2)
    assert late.tranid == first.tranid


def test_what_comes_after_the_cut_off_counts_for_the_next_day() -> None:
    cut_off = time(23, 0)
    before, after = (datetime(2026, 12, 31, 22, 59, 59, tzinfo=KUWAIT), datetime(2026, 12, 31, 23, tzinfo=KUWAIT))
    assert posting_day(before.astimezone(UTC), cut_off=cut_off) == date(2026, 12, 31)
    assert posting_day(after.astimezone(UTC), cut_off=cut_off) == date(2027, 1, 1)


def test_refunds_are_as_limited_as_the_settings_say(tmp_path: Path) -> None:
    clock = VirtualClock()
    books = bank(tmp_path, clock, refunds_before_settlement=False, refund_within=timedelta(days=30))
    payment = captured(books)

    def code() -> Code | None:
        try:
            books.refund(payment.paymentid, Money(1), by="api")
        except KnetRefusalError as refusal:
            return refusal.code
        return None

    assert code() is Code.ORIGINAL
    clock.advance(timedelta(days=2))
    assert code() is None
    clock.advance(timedelta(days=30))
    assert code() is Code.ORIGINAL


def test_a_trackid_may_be_used_again_where_nobody_minds(tmp_path: Path) -> None:
    books = bank(tmp_path, trackid_once=False)
    paid = captured(books)
    captured(books, ending=Ending(result="NOT CAPTURED"))
    assert len(books.ledger()) == 2
    assert books.by_trackid("RP1") == paid


def test_the_books_hold_many_payments_and_are_quick(tmp_path: Path) -> None:
    books = bank(tmp_path)
    began = perf_counter()
    for number in range(2_000):
        payment = captured(books, f"RP{number}")
        books.answered(payment.paymentid, confirmed=True)
    assert perf_counter() - began < 10  # 200 a second
    assert bank(tmp_path).ledger() == books.ledger()


def test_a_clock_moves_ahead_only() -> None:
    clock = VirtualClock()
    with pytest.raises(ValueError, match="ahead"):
        clock.advance(timedelta(seconds=-1))
    clock.catch_up(timedelta(days=2))
    clock.catch_up(timedelta(days=1))
    assert clock.ahead == timedelta(days=2)


def test_a_journal_keeps_whole_lines_and_drops_half_a_line(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    Journal(path).append({"a": 1})
    with path.open("a") as file:
        file.write('{"b": ')
    assert Journal(path).replay() == [{"a": 1}]
    Journal(path).append({"c": 3})
    assert Journal(path).replay() == [{"a": 1}, {"c": 3}]


def test_production_refuses_the_sandbox(tmp_path: Path) -> None:
    with pytest.raises(PermanentError, match="not a bank"):
        create_app(Population(), settings=settings(tmp_path), environment=Environment.PRODUCTION)


def test_the_controls_are_for_this_machine_only(tmp_path: Path) -> None:
    app = create_app(Population(), settings=settings(tmp_path), environment=Environment.LOCAL)
    assert asyncio.run(ledger(app, caller="192.0.2.1")).status_code == 403
    assert asyncio.run(ledger(app, caller="127.0.0.1")).json() == []


def test_a_form_is_read_as_a_browser_would_send_it() -> None:
    page = """
      <form id="other"><input name="no" value="1"></form>
      <form id="pay" method="post" action="/go"><input type="hidden" name="csrf" value="a&amp;b"><input name="empty">
      <select name="bank"><option value="1">One</option><option value="2" selected>Two</option></select>
      <button name="action" value="x">Pay</button></form><input name="after" value="1">
    """
    form = find_form(page, "pay")
    assert form is not None
    assert (form.action, form.values) == ("/go", {"csrf": "a&b", "empty": "", "bank": "2"})
    assert find_form(page, "missing") is None
