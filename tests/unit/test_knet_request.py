"""What we send to KNET: the payer's redirect, the trackid, the dates and the acknowledgement."""

import dataclasses
from datetime import date, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.errors import PermanentError
from infra.gateway import PaymentRequest
from infra.gateway.knet import KnetGateway
from infra.gateway.knet_cipher import TrandataCipher
from infra.gateway.postdate import infer_postdate
from infra.gateway.trackid import new_trackid
from models.money import Money
from models.service import Language
from tests.sandbox_world import knet_settings
from tests.unit.test_knet_cipher import KEY

GATEWAY = KnetGateway(knet_settings("https://knet.test"))
REQUEST = PaymentRequest(
    trackid="RP00000000000000001",
    amount=Money(10_000),
    language=Language.ARABIC,
    response_url="https://m.test/knet/response",
    error_url="https://m.test/knet/error",
    return_url="https://m.test/pay/return/1",
    case_reference="R-2026-000042",
)


def test_the_redirect_carries_the_request_in_the_order_of_knet() -> None:
    url = urlsplit(GATEWAY.prepare(REQUEST).url)
    query = {name: values[0] for name, values in parse_qs(url.query).items()}
    assert f"{url.scheme}://{url.netloc}{url.path}" == "https://knet.test/kpg/PaymentHTTP.htm"
    assert query["param"] == "paymentInit"
    assert query["tranportalId"] == "900001"
    assert (query["responseURL"], query["errorURL"]) == (REQUEST.response_url, REQUEST.error_url)
    assert TrandataCipher(KEY).decrypt(query["trandata"].encode()) == (
        "id=900001&password=sandboxpw&action=1&langid=AR&currencycode=414&amt=10.000"
        "&responseURL=https://m.test/knet/response&errorURL=https://m.test/knet/error"
        "&trackid=RP00000000000000001&udf1=R2026000042&udf2=&udf3=&udf4=&udf5=ptlf RP00000000000000001"
    )


@pytest.mark.parametrize(
    "change",
    [
        {"trackid": "RP0000-1"},
        {"trackid": "rp1"},
        {"trackid": "R" * 20},
        {"trackid": ""},
        {"amount": Money(0)},
        {"amount": Money(-1)},
        {"amount": Money(1_000_000_000)},
        {"response_url": "https://m.test/knet?case=1"},
        {"error_url": "/knet/error"},
        {"error_url": "https://m.test/" + "x" * 255},
        {"response_url": "https://m.test/a&amt=0.001"},
    ],
)
def test_what_knet_would_refuse_is_refused_before_the_payer_leaves(change: dict[str, object]) -> None:
    with pytest.raises(PermanentError):
        GATEWAY.prepare(dataclasses.replace(REQUEST, **change))


def test_the_acknowledgement_is_one_line_and_nothing_else() -> None:
    answer = GATEWAY.acknowledge("https://m.test/pay/return/1")
    assert (answer.status, answer.body) == (200, b"REDIRECT=https://m.test/pay/return/1")


@pytest.mark.parametrize("url", ["", "/pay", "javascript:x", "https://m.test/\r\nx", "https://m.test/ ", "https://م"])
def test_an_acknowledgement_of_anything_but_an_address_is_refused(url: str) -> None:
    with pytest.raises(PermanentError):
        GATEWAY.acknowledge(url)


@given(st.binary(min_size=11, max_size=11))
def test_a_trackid_is_19_capital_letters_and_digits(randomness: bytes) -> None:
    trackid = new_trackid(lambda count: randomness[:count])
    assert len(trackid) == 19
    assert trackid.startswith("RP")
    assert trackid.isalnum()
    assert trackid == trackid.upper()


def test_trackids_do_not_repeat() -> None:
    assert len({new_trackid() for _ in range(1000)}) == 1000


@pytest.mark.parametrize(
    ("mmdd", "near", "day"),
    [
        ("1231", date(2027, 1, 1), date(2026, 12, 31)),
        ("0101", date(2026, 12, 31), date(2027, 1, 1)),
        ("0105", date(2026, 1, 5), date(2026, 1, 5)),
        ("0229", date(2028, 3, 1), date(2028, 2, 29)),
        ("0229", date(2027, 3, 1), None),
        ("1301", date(2027, 3, 1), None),
        ("W011", date(2027, 3, 1), None),
        ("105", date(2027, 3, 1), None),
        ("", date(2027, 3, 1), None),
    ],
)
def test_a_posting_date_falls_in_the_nearest_year(mmdd: str, near: date, day: date | None) -> None:
    assert infer_postdate(mmdd, near=near) == day


@given(st.dates(date(2020, 1, 1), date(2090, 1, 1)), st.integers(-182, 182))
def test_a_posting_date_within_half_a_year_is_found_again(near: date, days: int) -> None:
    posted = near + timedelta(days=days)
    assert infer_postdate(f"{posted:%m%d}", near=near) == posted
