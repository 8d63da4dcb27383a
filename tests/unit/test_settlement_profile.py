"""Column profiles and the reading of a file by them: strict, and with an answer that names the place."""

from datetime import date
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from infra.payments.reconciling.profile import Profile, load_profile, profile_names
from infra.payments.reconciling.reading import MOST_BYTES, Statement, read_statement
from infra.sandbox.bank import Bank
from infra.sandbox.books import Ending, Purchase
from infra.sandbox.journal import Journal
from infra.sandbox.scenarios import Scenarios
from infra.sandbox.settings import SandboxSettings
from infra.sandbox.settlement_export import SettlementExport
from infra.sandbox.virtual_clock import VirtualClock
from models.errors import InputError
from models.money import Money
from models.payments.posting import Posting, PostingKind

NEAR = date(2027, 1, 3)
A_BANK = {
    "gateway": "knet",
    "columns": {"posted_on": "Date", "type": "What", "amount": "KD", "trackid": "Track"},
    "dates": "MMDD",
    "kinds": {"S": {"": "capture"}, "R": {"": "refund"}},
    "trailer": None,
    "delimiter": ";",
}


def read(text: str, **changes: object) -> Statement:
    return read_statement(text.encode(), Profile.model_validate(A_BANK | changes), near=NEAR)


def refusal(text: str, **changes: object) -> str:
    with pytest.raises(InputError) as refused:
        read(text, **changes)
    return refused.value.field


@pytest.mark.parametrize("name", profile_names())
def test_every_profile_that_there_is_can_be_loaded(name: str) -> None:
    assert load_profile(name).gateway == "knet"


def test_a_profile_that_there_is_not_is_answered_with_those_that_there_are() -> None:
    with pytest.raises(InputError, match="sandbox_knet"):
        load_profile("../settings")


@pytest.mark.parametrize(
    "changes",
    [
        {"columns": A_BANK["columns"] | {"surname": "Name"}},  # type: ignore[operator]
        {"columns": {"posted_on": "Date", "type": "What", "amount": "KD"}},
        {"kinds": {"S": {"": "gift"}}},
        {"kinds": {}},
        {"dates": "MM/DD/YYYY"},
        {"trailer": ""},
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
        ("", "column 'Date'"),
        ("Date;What;KD\n", "column 'Track'"),
        ("Date;What;KD;Track;KD\n", "column 'KD'"),
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
