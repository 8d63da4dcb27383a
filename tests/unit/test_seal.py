"""The seal: what goes in comes out, and nothing else passes."""

import base64
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
import segno
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from infra.errors import PermanentError
from infra.receipts.seal import (
    ForgedSealError,
    MalformedSealError,
    SealError,
    SealPayload,
    UnknownSealKeyError,
    UnknownSealVersionError,
    digest_of,
    key_id,
    public_key,
    seal,
    verify,
)
from models.money import Money
from tests.receipt_samples import make_receipt

KEY = SecretStr(base64.b64encode(bytes(range(32))).decode())
OTHER_KEY = SecretStr(base64.b64encode(bytes(32)).decode())
PUBLIC = public_key(KEY)
SAMPLE = SealPayload.of(make_receipt())
SEALED = seal(SAMPLE, KEY)

_TEXTS = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=40)
PAYLOADS = st.builds(
    SealPayload,
    issued_at=st.integers(0, 2**32 - 1).map(lambda seconds: datetime.fromtimestamp(seconds, UTC)),
    receipt_number=_TEXTS,
    case_reference=_TEXTS,
    gateway_reference=_TEXTS,
    amount=st.integers(0, 999_999_999).map(Money),
    currency=st.just("KWD"),
    digest=st.binary(min_size=16, max_size=16),
)


@given(PAYLOADS)
def test_what_was_sealed_is_what_is_read(payload: SealPayload) -> None:
    assert verify(seal(payload, KEY), PUBLIC) == payload


def test_every_flipped_bit_is_found() -> None:
    data = bytearray(_bytes(SEALED))
    for bit in range(len(data) * 8):
        data[bit // 8] ^= 1 << bit % 8
        with pytest.raises(SealError):
            verify(_text(data), PUBLIC)
        data[bit // 8] ^= 1 << bit % 8
    assert verify(_text(data), PUBLIC) == SAMPLE


@given(st.data())
def test_every_changed_character_is_found(data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(SEALED) - 1))
    other = data.draw(st.characters().filter(lambda character: character != SEALED[at]))
    with pytest.raises(SealError):
        verify(SEALED[:at] + other + SEALED[at + 1 :], PUBLIC)


@given(st.text(max_size=300) | st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", max_size=300))
def test_no_other_text_is_a_seal(text: str) -> None:
    with pytest.raises(SealError):
        verify(text, PUBLIC)


@pytest.mark.parametrize("text", ["", "A", SEALED[:100], SEALED.lower(), SEALED + "====", SEALED + "A", f" {SEALED}"])
def test_a_damaged_text_is_malformed_or_forged(text: str) -> None:
    with pytest.raises((MalformedSealError, ForgedSealError)):
        verify(text, PUBLIC)


def test_a_higher_amount_under_an_old_signature_is_forged() -> None:
    data = bytearray(_bytes(SEALED))
    data[9:13] = (500_000).to_bytes(4, "big")
    with pytest.raises(ForgedSealError):
        verify(_text(data), PUBLIC)


def test_a_later_version_is_named_as_such() -> None:
    data = bytearray(_bytes(SEALED))
    data[0] = 2
    with pytest.raises(UnknownSealVersionError, match="2"):
        verify(_text(data), PUBLIC)


def test_a_seal_names_the_key_to_ask() -> None:
    with pytest.raises(UnknownSealKeyError) as refused:
        verify(seal(SAMPLE, OTHER_KEY), PUBLIC)
    assert refused.value.key == key_id(public_key(OTHER_KEY))


@pytest.mark.parametrize("key", ["", "not base64!", base64.b64encode(bytes(31)).decode()])
def test_a_wrong_key_is_refused_without_showing_it(key: str) -> None:
    with pytest.raises(PermanentError, match="RENEWAL_SEAL_KEY") as refused:
        public_key(SecretStr(key))
    assert not key or key not in str(refused.value)


def test_the_seal_holds_no_name_and_no_civil_number() -> None:
    view = make_receipt(persons=10)
    content = _bytes(seal(SealPayload.of(view), KEY))
    for person in view.persons:
        assert person.name_latin.encode() not in content
        assert person.civil_number[-3:].encode() not in content[32:-64]


def test_the_digest_covers_what_is_shown_but_not_the_code_that_carries_it() -> None:
    view = make_receipt()
    moved = view.issued_at.astimezone(timezone(timedelta(hours=3)))
    assert digest_of(replace(view, qr_text="other", issued_at=moved)) == digest_of(view)
    assert digest_of(replace(view, applicant_civil_number="2900•••••011")) != digest_of(view)
    assert digest_of(replace(view, persons=())) != digest_of(view)


def test_in_an_address_it_still_fits_a_code_that_paper_carries_well() -> None:
    assert re.fullmatch(r"[A-Z2-7]+", SEALED)
    code = segno.make_qr(f"HTTPS://RENEWAL.EXAMPLE/VERIFY/{SEALED}", error="m")
    assert code.mode == "alphanumeric"
    assert int(str(code.version)) <= 11


def _bytes(text: str) -> bytes:
    return base64.b32decode(text + "=" * (-len(text) % 8))


def _text(data: bytes | bytearray) -> str:
    return base64.b32encode(bytes(data)).decode().rstrip("=")
