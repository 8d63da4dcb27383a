"""The sandbox's books, its doors, and the page forms its payer reads."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from infra import clock
from infra.errors import PermanentError
from infra.sandbox.app import create_app
from infra.sandbox.bank import Bank, Purchase
from infra.sandbox.codes import KnetRefusalError
from infra.sandbox.forms import find_form
from infra.sandbox.journal import Journal
from infra.sandbox.population import Population
from infra.sandbox.settings import SandboxSettings
from infra.settings import Environment

TTL = timedelta(minutes=15)


def purchase(trackid: str = "RP1") -> Purchase:
    url = "https://m.test/knet"
    return Purchase(trackid=trackid, amt="10.000", langid="AR", response_url=url, error_url=url, udf={})


def settings(folder: Path) -> SandboxSettings:
    return SandboxSettings(
        tranportal_id="900001",
        tranportal_password=SecretStr("sandboxpw"),
        resource_key=SecretStr("0123456789ABCDEF"),
        registry_token=SecretStr("token"),
        folder=folder,
    )


async def ledger(app: FastAPI, *, caller: str) -> httpx.Response:
    transport = httpx.ASGITransport(app, client=(caller, 5000))
    async with httpx.AsyncClient(transport=transport, base_url="http://sandbox.test") as client:
        return await client.get("/__sandbox__/ledger")


def test_of_many_submissions_at_once_one_counts(tmp_path: Path) -> None:
    bank = Bank(Journal(tmp_path / "bank.jsonl"))
    payment = bank.open(purchase(), now=clock.now(), ttl=TTL)

    def submit(_: int) -> bool:
        try:
            bank.close(payment.paymentid, "CAPTURED", now=clock.now())
        except KnetRefusalError:
            return False
        return True

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(submit, range(32))) == 1


def test_a_capture_nobody_confirmed_before_the_stop_goes_back(tmp_path: Path) -> None:
    journal = tmp_path / "bank.jsonl"
    bank = Bank(Journal(journal))
    for trackid in ("RP1", "RP2"):
        payment = bank.open(purchase(trackid), now=clock.now(), ttl=TTL)
        bank.close(payment.paymentid, "CAPTURED", now=clock.now())
    bank.acknowledge(bank.by_trackid("RP1"))
    again = Bank(Journal(journal))
    assert [payment.voided for payment in again.ledger()] == [False, True]
    assert Bank(Journal(journal)).ledger() == again.ledger()


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
