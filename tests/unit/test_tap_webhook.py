"""Tap's webhook: what bears the right signature is read, everything else is one and the same error."""

import json
from decimal import Decimal
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from infra.errors import PermanentError
from infra.gateway import MalformedMessageError
from infra.gateway.tap import TapGateway
from infra.gateway.tap_charge import signature
from infra.gateway.tap_json import amount_at, amount_to_json, read_object
from infra.settings import TapSettings
from models.money import Money
from models.payments.evidence import EvidenceOutcome

SIGNATURE = "083f4d0423c0e79510e1daa4067e95a8d883e6efa911770ea210092633112aa9"
CHARGE = {
    "id": "chg_TS_sandbox_1",
    "object": "charge",
    "status": "CAPTURED",
    "amount": 10,
    "currency": "KWD",
    "transaction": {"created": "1767600000000", "authorization_id": "B63465"},
    "reference": {
        "gateway": "202600000000001",
        "payment": "5000000000000001",
        "acquirer": "632900000001",
        "transaction": "RP00000000000000001",
        "order": "RN-2222-2222",
    },
    "response": {"code": "000", "message": "Captured"},
    "customer": {"first_name": "Payer", "email": "somebody@example.test"},
    "auto_reversed": False,
}


@cache
def tap(key: str = "sk_test_sandbox") -> TapGateway:
    return TapGateway(TapSettings(api_url="https://tap.test/v2", secret_key=SecretStr(key), merchant_id="1"))


def body(**different: Any) -> bytes:
    return json.dumps({**CHARGE, **different}).encode()


def signed(content: bytes, key: str = "sk_test_sandbox") -> dict[str, str]:
    return {"HashString": signature(read_object(content, longest=10**6), SecretStr(key))}


def refused(content: bytes, headers: dict[str, str]) -> None:
    with pytest.raises(MalformedMessageError) as error:
        tap().parse_inbound(content, headers)
    assert str(error.value) == str(MalformedMessageError())


def test_the_known_vector_is_read() -> None:
    evidence = tap().parse_inbound(body(), {"hashstring": SIGNATURE})
    assert evidence.outcome is EvidenceOutcome.CAPTURED
    assert (evidence.trackid, evidence.paymentid) == ("RP00000000000000001", "chg_TS_sandbox_1")
    assert (evidence.tranid, evidence.ref, evidence.auth) == ("202600000000001", "632900000001", "B63465")
    assert (evidence.amount, evidence.under_key) == (Money(10_000), True)
    assert "somebody" not in repr(evidence.fields)


@pytest.mark.parametrize("written", ["10", "10.0", "10.000", "1e1", "10.0000000"])
def test_an_amount_is_signed_with_three_decimals_however_it_is_written(written: str) -> None:
    content = body().replace(b'"amount": 10', f'"amount": {written}'.encode())
    assert tap().parse_inbound(content, {"hashstring": SIGNATURE}).amount == Money(10_000)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"hashstring": ""},
        {"hashstring": SIGNATURE[:-1]},
        {"hashstring": SIGNATURE.replace("0", "1")},
        {"hashstring": SIGNATURE + " "},
        {"hashstring": "ü" * 64},
        {"hashstring": "\ud800"},
        {"hash": SIGNATURE},
    ],
)
def test_a_wrong_signature_is_refused(headers: dict[str, str]) -> None:
    refused(body(), headers)


def test_another_merchants_signature_is_refused() -> None:
    refused(body(), signed(body(), "sk_test_other"))


@pytest.mark.parametrize(
    "different",
    [
        {"status": "DECLINED"},
        {"amount": 10.001},
        {"currency": "USD"},
        {"id": "chg_TS_sandbox_2"},
        {"reference": {**CHARGE["reference"], "gateway": "202600000000002"}},  # type: ignore[dict-item]
        {"reference": {**CHARGE["reference"], "payment": "1"}},  # type: ignore[dict-item]
        {"transaction": {"created": "1767600000001"}},
    ],
)
def test_a_change_of_what_is_signed_is_seen(different: dict[str, Any]) -> None:
    refused(body(**different), {"hashstring": SIGNATURE})


@pytest.mark.parametrize(
    "different",
    [
        {"id": "re_TS_1"},
        {"id": "chg_../refunds"},
        {"status": ""},
        {"status": "CAPTURED\u0000"},
        {"reference": {"gateway": "1", "payment": "2"}},
        {"reference": []},
        {"status": ["CAPTURED"]},
        {"status": "x" * 501},
    ],
)
def test_what_is_signed_but_no_charge_of_ours_is_refused(different: dict[str, Any]) -> None:
    content = body(**different)
    try:
        headers = signed(content)
    except MalformedMessageError:
        headers = {"hashstring": SIGNATURE}
    refused(content, headers)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"null",
        b"[]",
        b'"chg"',
        b"{",
        b"\xff",
        b"\xef\xbb\xbf{}",
        b"[" * 60_000,
        b'{"a":' * 10_000,
        b'{"amount": NaN}',
        b'{"amount": 1e99999999999999999999}',
        b'{"amount": ' + b"9" * 60_000 + b"}",
        b'{"id": "\\ud800"}',
        body() + b" " * 70_000,
        body().replace(b'{"id"', b'{"status": "DECLINED", "id"'),
        body().replace(b'{"gateway"', b'{"gateway": "1", "gateway"'),
    ],
)
def test_what_is_no_json_object_is_refused(content: bytes) -> None:
    refused(content, {"hashstring": SIGNATURE})


@given(st.binary(max_size=200), st.text(max_size=80))
def test_no_bytes_whatever_cause_another_error(content: bytes, header: str) -> None:
    refused(content, {"hashstring": header})


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from(sorted(CHARGE)), _JSON, min_size=1))
def test_no_charge_whatever_causes_another_error(different: dict[str, Any]) -> None:
    content = body(**different)
    try:
        headers = signed(content)
    except MalformedMessageError:
        headers = {"hashstring": SIGNATURE}
    try:
        assert tap().parse_inbound(content, headers).under_key
    except MalformedMessageError:
        return


@given(st.integers(min_value=0, max_value=999_999_999))
def test_every_amount_is_written_and_read_to_the_fil(fils: int) -> None:
    written = json.dumps({"amount": amount_to_json(Money(fils))}).encode()
    assert amount_at(read_object(written, longest=99)) == Money(fils)


@pytest.mark.parametrize("amount", ["0.0005", "10.0000000000000000000000000000001", "-1", "1000000", "1e9", '"10.000"'])
def test_an_amount_that_is_not_whole_fils_in_range_is_refused(amount: str) -> None:
    message = read_object(f'{{"amount": {amount}}}'.encode(), longest=99)
    with pytest.raises(MalformedMessageError):
        amount_at(message)


def test_numbers_are_not_floats() -> None:
    assert read_object(b'{"amount": 0.1}', longest=99) == {"amount": Decimal("0.1")}


@pytest.mark.parametrize("key", ["", "sk test", "sk\n", "ключ"])
def test_a_key_that_cannot_be_one_is_refused_at_once_and_not_shown(key: str) -> None:
    with pytest.raises(PermanentError) as error:
        tap(key)
    assert not key or key not in str(error.value)


def test_nothing_shows_the_key() -> None:
    gateway = tap()
    assert "sk_test" not in repr(gateway) + repr(vars(gateway)) + repr(vars(gateway._tap))
