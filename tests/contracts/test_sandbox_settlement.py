"""The settlement file of the sandbox's bank: what it says of a day, to the fil, and how it can be wrong."""

import csv
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import httpx
import pytest

from infra import clock
from infra.clock import KUWAIT
from infra.sandbox.books import posting_day
from infra.sandbox.settlement_export import COLUMNS
from infra.sandbox.virtual_clock import VirtualClock
from tests.sandbox_world import World, sandbox_world


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with sandbox_world(tmp_path, now=at_noon_of(31, month=12), page_ttl=timedelta(days=3)) as running:
        yield running


LAST = date(clock.now().year + 1, 12, 31)


def at_noon_of(day: int, *, month: int) -> VirtualClock:
    ahead = VirtualClock()
    noon = datetime.combine(LAST.replace(month=month, day=day), time(12), tzinfo=KUWAIT)
    ahead.advance(noon.astimezone(UTC) - clock.now())
    return ahead


def export(world: World, day: date = LAST, **asked: Any) -> str:
    answer = httpx.get(f"{world.url}/__sandbox__/settlement/{day}.csv", params=asked).raise_for_status()
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    return answer.text


def rows(world: World, day: date = LAST, **asked: Any) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(export(world, day, **asked).rpartition("TOTAL")[0])))


def total(world: World, day: date = LAST, **asked: Any) -> list[str]:
    return export(world, day, **asked).splitlines()[-1].split(",")


def test_a_day_is_its_sales_its_credits_and_a_total_that_adds_up(world: World) -> None:
    paid, other = world.pay(), world.pay(amount="15.750")
    refund = world.refund(paid, "20.000")
    world.pay(ack="cut", amount="99.000")
    ledger = world.ledger()[paid.trackid]
    lines = rows(world)
    assert export(world).splitlines()[0] == ",".join(COLUMNS)
    shown = [(line["Type"], line["Status"], line["Amount"], line["Fee"]) for line in lines]
    assert shown == [
        ("Sale", "Posted", "120.000", "0.150"),
        ("Sale", "Posted", "15.750", "0.150"),
        ("Credit", "Posted", "20.000", "0.000"),
        ("Sale", "Reversed", "99.000", "0.000"),
    ]
    assert lines[0] == {
        "Post Date": f"31/12/{LAST.year}",
        "Type": "Sale",
        "Status": "Posted",
        "Amount": "120.000",
        "Fee": "0.150",
        "Payment ID": ledger["paymentid"],
        "Track ID": paid.trackid,
        "Tran ID": ledger["tranid"],
        "Reference ID": ledger["ref"],
        "Auth Code": ledger["auth"],
        "Terminal": "900001",
        "UDF5": f"ptlf {paid.trackid}",
    }
    assert (lines[2]["Track ID"], lines[2]["Tran ID"]) == (paid.trackid, refund.tranid)
    assert lines[1]["Track ID"] == other.trackid
    assert total(world) == ["TOTAL", "135.750", "20.000", "0.300", "115.450"]


def test_what_took_no_money_is_in_no_file(world: World) -> None:
    world.pay(result="NOT CAPTURED")
    world.pay(result="HOST TIMEOUT")
    assert rows(world) == []
    assert total(world) == ["TOTAL", "0.000", "0.000", "0.000", "0.000"]


def test_the_same_books_give_the_same_bytes_even_after_a_restart(tmp_path: Path) -> None:
    now = at_noon_of(31, month=12)
    with sandbox_world(tmp_path, now=now) as world:
        for _ in range(5):
            world.refund(world.pay(), "1.000")
        first = export(world)
        assert export(world) == first
    with sandbox_world(tmp_path, now=now) as world:
        assert export(world) == first


def test_the_year_ends_at_the_cut_off(tmp_path: Path) -> None:
    with sandbox_world(tmp_path, now=at_noon_of(31, month=12)) as world:
        old = world.pay()
        world.advance(timedelta(hours=11, seconds=1))
        new = world.pay()
        world.refund(old, "1.000")
        after = LAST + timedelta(days=1)
        assert [line["Track ID"] for line in rows(world)] == [old.trackid]
        assert [(line["Track ID"], line["Type"]) for line in rows(world, after)] == [
            (new.trackid, "Sale"),
            (old.trackid, "Credit"),
        ]
        assert world.ledger()[old.trackid]["postdate"] == "1231"
        assert world.ledger()[new.trackid]["postdate"] == "0101"
        assert {line["Post Date"] for line in rows(world, after, dates="MMDD")} == {"0101"}


@pytest.mark.parametrize(
    ("faults", "lines"),
    [
        (["missing"], []),
        (["duplicate"], [("Posted", "120.000"), ("Posted", "120.000")]),
        (["reversed"], [("Reversed", "120.000")]),
        ([{"amount_off_by_fils": 1}], [("Posted", "120.001")]),
        ([{"amount_off_by_fils": -1}, "duplicate"], [("Posted", "119.999"), ("Posted", "119.999")]),
    ],
)
def test_a_file_may_be_wrong_about_a_payment(world: World, faults: list[object], lines: list[tuple[str, str]]) -> None:
    request = world.pay(settlement=faults)
    assert [(line["Status"], line["Amount"]) for line in rows(world)] == lines
    httpx.delete(f"{world.url}/__sandbox__/scenarios").raise_for_status()
    assert [(line["Status"], line["Amount"]) for line in rows(world)] == lines
    assert world.ledger()[request.trackid]["captured"] == "120.000"


def test_a_reversal_that_only_the_file_shows_is_in_the_books_from_then_on(world: World) -> None:
    request = world.pay(settlement=["reversed"])
    assert world.ledger()[request.trackid]["voided"] is False
    rows(world)
    assert world.ledger()[request.trackid]["voided"] is True
    assert world.inquire(request).result_text == "CAPTURED"


def test_what_is_suspected_is_reversed_in_the_file(world: World) -> None:
    world.pay(result="HOST TIMEOUT", becomes={"result": "SUSPECTED"})
    assert [line["Status"] for line in rows(world)] == ["Reversed"]
    assert total(world)[1] == "0.000"


def test_a_sale_of_the_portal_is_a_line_without_our_text(world: World) -> None:
    world.control("portal/sales", {"trackid": "RPEXTRA", "amount": "7.000"})
    [line] = rows(world)
    assert (line["Track ID"], line["Amount"], line["UDF5"]) == ("RPEXTRA", "7.000", "")


def test_a_total_may_be_wrong_by_one_fil(world: World) -> None:
    world.pay()
    assert total(world)[1] == "120.000"
    assert total(world, wrong_total=1) == ["TOTAL", "120.001", "0.000", "0.150", "119.850"]


def test_columns_are_chosen_and_headed_as_asked(world: World) -> None:
    request = world.pay()
    text = export(world, columns="Track ID,Amount:Gross")
    assert text.split("\r\n")[:2] == ["Track ID,Gross", f"{request.trackid},120.000"]
    wrong = httpx.get(f"{world.url}/__sandbox__/settlement/{LAST}.csv", params={"columns": "Track"})
    assert (wrong.status_code, wrong.json()["detail"]["field"]) == (422, "columns")


def test_the_bank_may_pay_out_before_its_fees_and_write_days_without_a_year(tmp_path: Path) -> None:
    changes = {"fees_deducted": False, "fee_fils": 200, "settlement_dates": "MMDD"}
    with sandbox_world(tmp_path, **changes) as world:
        world.pay()
        day = posting_day(clock.now(), cut_off=time(23))
        assert total(world, day) == ["TOTAL", "120.000", "0.000", "0.200", "120.000"]
        assert rows(world, day)[0]["Post Date"] == f"{day:%m%d}"


def test_a_day_that_is_none_is_refused(world: World) -> None:
    assert httpx.get(f"{world.url}/__sandbox__/settlement/2026-13-01.csv").status_code == 422
