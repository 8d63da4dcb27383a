"""Column profiles and the reading of a file by them: strict, and with an answer that names the place."""

from datetime import date
from pathlib import Path
from typing import get_args

import pytest
import yaml
from pydantic import SecretStr, ValidationError

from infra.gateway.knet import KnetGateway
from infra.gateway.tap import TapGateway
from infra.payments.reconciling import profile as profiles
from infra.payments.reconciling.closing import difference_in_words
from infra.payments.reconciling.profile import Profile, load_profile, profile_names
from infra.payments.reconciling.reading import MOST_BYTES, Statement, read_statement
from infra.sandbox.bank import Bank
from infra.sandbox.books import Ending, Purchase
from infra.sandbox.journal import Journal
from infra.sandbox.scenarios import Scenarios
from infra.sandbox.settings import SandboxSettings
from infra.sandbox.settlement_export import SettlementExport
from infra.sandbox.virtual_clock import VirtualClock
from infra.settings import GatewayName
from models.errors import InputError
from models.money import Money
from models.payments.posting import Posting, PostingKind

NEAR = date(2027, 1, 3)
A_BANK = {
    "gateway": "knet",
    "columns": {"posted_on": "Date", "type": "What", "amount": "KD", "trackid": "Track"},
    "dates": "MMDD",
    "kinds": {"S": "capture", "R": "refund"},
    "delimiter": ";",
}
WITH_TERMINALS = A_BANK["columns"] | {"terminal": "Terminal"}  # type: ignore[operator]


def read(text: str, **changes: object) -> Statement:
    return read_statement(text.encode(), Profile.model_validate(A_BANK | changes), near=NEAR)


def refusal(text: str, **changes: object) -> str:
    with pytest.raises(InputError) as refused:
        read(text, **changes)
    return refused.value.field


@pytest.mark.parametrize("name", profile_names())
def test_every_profile_that_there_is_can_be_loaded(name: str) -> None:
    assert load_profile(name).gateway in get_args(GatewayName)


def test_a_profile_may_be_of_any_gateway_that_has_an_adapter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert {KnetGateway.name, TapGateway.name} == set(get_args(GatewayName))
    for gateway in (*get_args(GatewayName), "bank"):
        (tmp_path / f"of_{gateway}.yaml").write_text(yaml.safe_dump(A_BANK | {"gateway": gateway}), "utf-8")
    monkeypatch.setattr(profiles, "_FOLDER", tmp_path)
    for gateway in get_args(GatewayName):
        assert load_profile(f"of_{gateway}").gateway == gateway
    with pytest.raises(InputError, match="of_bank: gateway: Input should be 'knet' or 'tap'"):
        load_profile("of_bank")


def test_a_profile_that_there_is_not_is_answered_with_those_that_there_are() -> None:
    with pytest.raises(InputError, match="sandbox_knet"):
        load_profile("../settings")


@pytest.mark.parametrize(
    "changes",
    [
        {"columns": A_BANK["columns"] | {"surname": "Name"}},  # type: ignore[operator]
        {"columns": {"posted_on": "Date", "type": "What", "amount": "KD"}},
        {"kinds": {"S": {"": "gift"}}},
        {"kinds": {"S": {"Done": "capture"}}},
        {"kinds": {"S": "capture"}, "columns": A_BANK["columns"] | {"status": "State"}},  # type: ignore[operator]
        {"kinds": {}},
        {"kinds": "capture"},
        {"dates": "MM/DD/YYYY"},
        {"trailer": ""},
        {"trailer": "SUM", "terminal_trailer": "SUB"},
        {"columns": WITH_TERMINALS, "terminal_trailer": "SUB"},
        {"columns": WITH_TERMINALS, "trailer": "SUM", "terminal_trailer": "SUM"},
    ],
)
def test_a_profile_that_is_written_wrongly_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Profile.model_validate(A_BANK | changes)


def test_a_file_of_another_bank_is_read_by_its_own_profile() -> None:
    statement = read("Track;KD;What;Note;Date\nRP1;10.000;S;ignored;1231\n\nRP2;1.500;R;;0102\n")
    assert statement.postings == {
        2: Posting(kind=PostingKind.CAPTURE, trackid="RP1", amount=Money(10_000), posted_on=date(2026, 12, 31)),
        4: Posting(kind=PostingKind.REFUND, trackid="RP2", amount=Money(1_500), posted_on=date(2027, 1, 2)),
    }
    assert (statement.stated, statement.reckoned.net) == (None, Money(8_500))
    assert statement.days == (date(2026, 12, 31), date(2027, 1, 2))


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("", "file"),
        ("Date;What;KD\n", "column 'Track'"),
        ("Date;What;KD;Track;KD\n", "column 'KD'"),
        ("Date;KD;Track;KD\n", "column 'What', column 'KD'"),
        ("Date;What;KD;Track\n1231;S;10.000\n", "line 2"),
        ("Date;What;KD;Track\n1231;S;10.00;RP1\n", "line 2, KD"),
        ("Date;What;KD;Track\n1231;S;0.000;RP1\n", "line 2, KD"),
        ("Date;What;KD;Track\n1231;S;-1.000;RP1\n", "line 2, KD"),
        ("Date;What;KD;Track\n1231;S;1.000;RP1\n0230;S;1.000;RP1\n", "line 3, Date"),
        ("Date;What;KD;Track\n105;S;1.000;RP1\n", "line 2, Date"),
        ("Date;What;KD;Track\n1231;X;1.000;RP1\n", "line 2, What"),
        ('Date;What;KD;Track\n1231;S;1.000;"RP1"x\n', "line 2"),
    ],
)
def test_what_cannot_be_read_is_named_by_line_and_column(text: str, field: str) -> None:
    assert refusal(text) == field


def test_all_that_is_wrong_with_a_heading_is_told_at_once() -> None:
    with pytest.raises(InputError, match=r"column 'What', column 'KD'.*is missing, stands twice; export the file"):
        read("Date;KD;Track;KD\n")


def test_all_that_is_wrong_with_a_profile_is_told_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = A_BANK | {"dates": "YYYY", "gateway": 1, "columns": {"posted_on": "Date", "type": "What"}}
    (tmp_path / "wrong.yaml").write_text(yaml.safe_dump(wrong), "utf-8")
    (tmp_path / "unfit.yaml").write_text(
        yaml.safe_dump(A_BANK | {"terminal_trailer": "SUB", "kinds": {"S": {"Done": "capture"}}}), "utf-8"
    )
    monkeypatch.setattr(profiles, "_FOLDER", tmp_path)
    with pytest.raises(InputError, match=r"wrong: gateway: .*; columns.amount: .*; dates: "):
        load_profile("wrong")
    with pytest.raises(InputError, match=r"kinds.S asks for a status.*; terminal_trailer needs columns.terminal; "):
        load_profile("unfit")


@pytest.mark.parametrize(
    ("dates", "text", "day"),
    [
        ("D/M/YYYY", "3/1/2027", date(2027, 1, 3)),
        ("D/M/YYYY", "03/01/2027", date(2027, 1, 3)),
        ("D/M/YYYY", "31/12/2026", date(2026, 12, 31)),
        ("D/M/YYYY", "31/2/2027", None),
        ("D/M/YYYY", "003/1/2027", None),
        ("D/M/YYYY", "3/1/27", None),
        ("DD/MM/YYYY", "03/01/2027", date(2027, 1, 3)),
        ("DD/MM/YYYY", "3/1/2027", None),
    ],
)
def test_a_day_without_zeros_is_read_where_the_profile_says_so(dates: str, text: str, day: date | None) -> None:
    line = f"Date;What;KD;Track\n{text};S;1.000;RP1\n"
    if day is None:
        assert refusal(line, dates=dates) == "line 2, Date"
    else:
        assert read(line, dates=dates).days == (day, day)


@pytest.mark.parametrize(
    ("dates", "tomorrow", "after"), [("MMDD", "0104", "0105"), ("D/M/YYYY", "4/1/2027", "23/11/2062")]
)
def test_a_day_that_is_still_to_come_is_refused(dates: str, tomorrow: str, after: str) -> None:
    text = "Date;What;KD;Track\n{};S;1.000;RP1\n"
    assert read(text.format(tomorrow), dates=dates).days == (date(2027, 1, 4), date(2027, 1, 4))
    assert refusal(text.format(after), dates=dates) == "line 2, Date"


WITH_CURRENCY = A_BANK["columns"] | {"currency": "Cur"}  # type: ignore[operator]


@pytest.mark.parametrize(
    ("written", "field"), [("KWD", None), ("414", None), ("USD", "line 2, Cur"), ("", "line 2, Cur")]
)
def test_money_of_another_currency_is_never_taken_for_dinars(written: str, field: str | None) -> None:
    text = f"Date;What;KD;Cur;Track\n1231;S;1.000;{written};RP1\n"
    if field is None:
        assert read(text, columns=WITH_CURRENCY).reckoned.captures == Money(1_000)
    else:
        assert refusal(text, columns=WITH_CURRENCY) == field


@pytest.mark.parametrize("heading", ["Currency", "Txn currency code", "رمز العملة"])
def test_a_currency_that_the_profile_does_not_read_is_refused(heading: str) -> None:
    assert refusal(f"Date;What;KD;{heading};Track\n1231;S;1.000;USD;RP1\n") == f"column {heading!r}"


LINES = "Date;What;KD;Track;Terminal\n0102;S;9.000;RP1;T1\n0102;R;1.000;RP2;T1\n0102;S;5.000;RP3;T2\n"
TERMINALS = {"columns": WITH_TERMINALS, "trailer": "SUM", "terminal_trailer": "SUB"}
SUM = "SUM;14.000;1.000;0.000;13.000\n"


def test_totals_are_compared_for_each_terminal_too() -> None:
    """Two terminals whose totals were exchanged: the file's own totals agree."""
    right = "SUB;T1;9.000;1.000;0.000;8.000\nSUB;T2;5.000;0.000;0.000;5.000\n"
    assert (
        read(LINES + right + SUM, **TERMINALS).differences,
        len(read(LINES + right + SUM, **TERMINALS).postings),
    ) == (
        {},
        3,
    )
    wrong = "SUB;T1;8.000;1.000;0.000;7.000\nSUB;T2;6.000;0.000;0.000;6.000\n"
    statement = read(LINES + wrong + SUM, **TERMINALS)
    assert statement.stated == statement.reckoned
    assert statement.differences == {
        "terminal T1, captures": Money(-1_000),
        "terminal T1, net": Money(-1_000),
        "terminal T2, captures": Money(1_000),
        "terminal T2, net": Money(1_000),
    }
    assert difference_in_words(statement).startswith("terminal T1, captures: the file says 8.000, its lines make 9.000")


@pytest.mark.parametrize(
    ("rows", "field"),
    [
        ("SUB;T1;9.000;1.000;0.000;8.000\n", "row 'SUB'"),
        ("SUB;T1;9.000;1.000;0.000;8.000\n" * 2, "line 6"),
        ("SUB\n", "line 5"),
        ("SUB;;9.000;1.000;0.000;8.000\n", "line 5"),
        ("SUB;T1;9.000;1.000;0.000\n", "line 5"),
        ("SUB;T1;9.000;1.000;0;8.000\n", "line 5, fees"),
    ],
)
def test_totals_of_terminals_that_cannot_be_read_are_refused(rows: str, field: str) -> None:
    assert refusal(LINES + rows + SUM, **TERMINALS) == field


@pytest.mark.parametrize("trailer", ["SUM", "SUM;1.000;0.000;0.000", "SUM;1.000;0.000;0.000;1.00", "SUM;a;b;c;d"])
def test_totals_that_cannot_be_read_are_refused(trailer: str) -> None:
    assert refusal(f"Date;What;KD;Track\n1231;S;1.000;RP1\n{trailer}\n", trailer="SUM").startswith("line 3")


def test_totals_may_come_to_less_than_nothing() -> None:
    statement = read("Date;What;KD;Track\n1231;R;1.000;RP1\nSUM;0.000;1.000;0.000;-1.000\n", trailer="SUM")
    assert statement.stated == statement.reckoned


def test_an_amount_is_never_repeated_in_a_refusal() -> None:
    with pytest.raises(InputError) as refused:
        read("Date;What;KD;Track\n1231;S;12.34;RP1\n")
    assert "12.34" not in str(refused.value)


def test_a_file_that_is_too_large_is_refused() -> None:
    with pytest.raises(InputError, match="larger than 32 MiB"):
        read_statement(b" " * (MOST_BYTES + 1), load_profile("sandbox_knet"), near=NEAR)


@pytest.mark.parametrize(("dates", "profile"), [("DD/MM/YYYY", "sandbox_knet"), ("MMDD", "sandbox_knet_mmdd")])
def test_the_sandboxs_own_export_is_read_to_the_fil(tmp_path: Path, dates: str, profile: str) -> None:
    settings = SandboxSettings(
        tranportal_id="900001",
        tranportal_password=SecretStr("sandboxpw"),
        resource_key=SecretStr("0123456789ABCDEF"),
        registry_token=SecretStr("token"),
        folder=tmp_path,
    )
    bank = Bank(Journal(tmp_path / "books.jsonl"), settings=settings, now=VirtualClock())
    for trackid in ("RP1", "RP2"):
        payment = bank.open(Purchase(trackid=trackid, amt="10.000", udf={"udf5": f"ptlf {trackid}"}))
        bank.answered(bank.end(payment.paymentid, Ending(result="CAPTURED")).paymentid, confirmed=True)
    bank.refund(payment.paymentid, Money(3000), by="portal")
    day = bank.find(payment.paymentid).posted.posted_on  # type: ignore[union-attr]
    text = SettlementExport(bank, Scenarios(Journal(tmp_path / "scripts.jsonl")), settings).write(day, dates=dates)
    statement = read_statement(text.encode(), load_profile(profile), near=day)
    assert [each.kind for each in statement.postings.values()] == ["capture", "capture", "refund"]
    assert statement.stated == statement.reckoned
    assert statement.reckoned.net == Money(20_000 - 3_000 - 300)
    assert statement.days == (day, day)
