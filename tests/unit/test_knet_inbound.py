"""What KNET delivers to us: three shapes of one message, an error in plain text, and whatever else may come."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.gateway import Evidence, MalformedMessageError
from infra.gateway.knet import KnetGateway
from infra.gateway.knet_cipher import TrandataCipher
from models.money import Money
from models.payments.evidence import EvidenceOutcome
from tests.sandbox_world import knet_settings
from tests.unit.test_knet_cipher import KEY, RESPONSE_HEX, RESPONSE_PLAIN

FORM = {"content-type": "application/x-www-form-urlencoded"}
GATEWAY = KnetGateway(knet_settings("https://knet.test"))


def read(body: str | bytes) -> Evidence:
    return GATEWAY.parse_inbound(body.encode() if isinstance(body, str) else body, FORM)


def encrypted(plain: str) -> str:
    return TrandataCipher(KEY).encrypt(plain)


@pytest.mark.parametrize(
    "body",
    [
        f"trandata={RESPONSE_HEX}",
        f"paymentid=1&trandata={RESPONSE_HEX}&trackid=OTHER",
        f"TranData={RESPONSE_HEX.upper()}",
        RESPONSE_HEX,
        f"{RESPONSE_HEX}\r\n",
    ],
)
def test_every_shape_says_the_same(body: str) -> None:
    evidence = read(body)
    assert evidence.outcome is EvidenceOutcome.CAPTURED
    assert evidence.amount == Money(10_000)
    assert (evidence.trackid, evidence.paymentid) == ("RP0000000001A1", "100202600000000001")
    assert (evidence.tranid, evidence.ref, evidence.auth) == ("202600000000001", "600000000001", "A00001")
    assert (evidence.postdate, evidence.result_text) == ("0105", "CAPTURED")


def test_a_plain_error_is_evidence_of_no_more_than_it_says() -> None:
    evidence = read("Error=IPAY0100048&ErrorText=Cancelled+by+payer&paymentid=1001&Trackid=RPX&amt=10.000&udf1=")
    assert evidence.outcome is EvidenceOutcome.CANCELLED
    assert (evidence.trackid, evidence.paymentid, evidence.amount) == ("RPX", "1001", Money(10_000))
    assert evidence.fields["errortext"] == "Cancelled by payer"


@pytest.mark.parametrize(
    "body",
    [
        "",
        "hello",
        "trandata=",
        "trackid=RPX&amt=10.000",
        f"trandata={RESPONSE_HEX}&TRANDATA={RESPONSE_HEX}",
        f"trandata={RESPONSE_HEX[:-2]}",
        '{"trandata": "00"}',
        "0" * 20_000,
        b"\xff\xfe",
        encrypted("result=CAPTURED&amt=10.000"),
        encrypted("trackid=RPX&amt=10.000"),
        encrypted(f"{RESPONSE_PLAIN}&RESULT=NOT+CAPTURED"),
        encrypted(f"{RESPONSE_PLAIN}&payid=2"),
        encrypted(f"{RESPONSE_PLAIN}&udf1"),
        encrypted(f"{RESPONSE_PLAIN}&x=%zz"),
        encrypted(f"{RESPONSE_PLAIN}&x=%00"),
        encrypted(f"{RESPONSE_PLAIN}&x=%ff"),
        encrypted(f"{RESPONSE_PLAIN}&x=a=b"),
        encrypted(""),
    ],
)
def test_what_is_not_a_message_is_malformed(body: str | bytes) -> None:
    with pytest.raises(MalformedMessageError):
        read(body)


@pytest.mark.parametrize("amt", ["10", "10.0", "10.0000", "1,000.000", "-1.000", "%D9%A1.000", "10.000+KWD"])
def test_an_amount_without_exactly_three_decimals_is_no_amount(amt: str) -> None:
    evidence = read(f"Error=IPAY0100048&trackid=RPX&amt={amt}")
    assert evidence.amount is None
    assert evidence.outcome is EvidenceOutcome.MALFORMED


@given(st.binary(max_size=400))
def test_no_bytes_raise_anything_but_the_malformed_error(body: bytes) -> None:
    with suppress(MalformedMessageError):
        read(body)


@given(st.text(st.sampled_from("&=%+aE0trandatError"), max_size=60))
def test_no_form_raises_anything_but_the_malformed_error(body: str) -> None:
    with suppress(MalformedMessageError):
        read(body)


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=200))
def test_no_encrypted_text_raises_anything_but_the_malformed_error(plain: str) -> None:
    with suppress(MalformedMessageError):
        read(encrypted(plain))


@given(st.integers(0, len(RESPONSE_HEX) // 2 - 1), st.integers(1, 255))
def test_a_flipped_byte_is_never_read_as_a_message(place: int, flip: int) -> None:
    """There is no MAC; but an altered block turns to noise, and noise is not printable ASCII."""
    tampered = bytearray.fromhex(RESPONSE_HEX)
    tampered[place] ^= flip
    with pytest.raises(MalformedMessageError):
        read(tampered.hex())


def test_decrypted_fields_stay_out_of_the_repr() -> None:
    assert "case42" not in repr(read(RESPONSE_HEX))
