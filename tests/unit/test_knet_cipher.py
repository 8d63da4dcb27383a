"""KNET's encryption: our own published vectors, and everything that must not pass."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from infra.errors import PermanentError
from infra.gateway import MalformedMessageError
from infra.gateway.knet_cipher import TrandataCipher

KEY = SecretStr("0123456789ABCDEF")
REQUEST_PLAIN = (
    "id=900001&password=sandboxpw&action=1&langid=USA&currencycode=414&amt=10.000"
    "&responseURL=https://m.test/knet/response&errorURL=https://m.test/knet/error"
    "&trackid=RP0000000001A1&udf1=case42&udf2=&udf3=&udf4=&udf5="
)
REQUEST_HEX = (
    "ef46a2b17d648f00c783cd8216140a64a5ccde142a593778f1bb3330cf784f5343b24204f7325f0d507104e792e47d36"
    "eee254d94b64e4ac1880a0e57b638160fda5a92ec56885eb947dd2318fb90cbc36c2e4db67285fec827832e835a092f9"
    "8e4bff04fb8fc4edd0b91df57bb7745abb919b7225b47ad700106a19a14b87310816377b867e719c70ac5eadec250187"
    "0d03afbbf34a21e4284e2fd26880cf197f472c104554ce11aa6f2b423f5de3d1e2ea9a8849059b6064c8a23cd7bf7b4f"
    "f0dccc6bffc1fe3266d8cd8ec639d098db0041246afea33d21c394b28e969ad0"
)
RESPONSE_PLAIN = (
    "paymentid=100202600000000001&result=CAPTURED&auth=A00001&avr=N&ref=600000000001"
    "&tranid=202600000000001&postdate=0105&trackid=RP0000000001A1&udf1=case42&udf2=&udf3=&udf4=&udf5="
    "&amt=10.000&authRespCode=00"
)
RESPONSE_HEX = (
    "211b80a3c75fcd91614a5e4f7910c7a7d69a919bc2247c3e4a0ac8524088914386fcc646781cc58a28b0bcc932806fca"
    "896d88b90d47b37484e9497215b90ffc89ff6b7452afd4522c7f669367535da647a8da91145a28db64f2c8d1641fe489"
    "c554b777e6995767aad2a8dc2cf4256f49d191b63cfe33dde6c78b178ffce496a62c158f55cedb3d66f6691a42278f74"
    "9ef840ee5a5ff6f8e89f4159d95d73d21444d5e580e5ebef7620cd907c452dc0f5ebfbe60703713de0b0728dd71be03b"
    "dffa37a97a411dd2496ab2dea4887f2c"
)
VECTORS = [(REQUEST_PLAIN, REQUEST_HEX), (RESPONSE_PLAIN, RESPONSE_HEX)]


@pytest.mark.parametrize(("plain", "trandata"), VECTORS)
def test_the_vectors_encrypt_and_decrypt(plain: str, trandata: str) -> None:
    cipher = TrandataCipher(KEY)
    assert cipher.encrypt(plain) == trandata
    assert cipher.decrypt(trandata.encode()) == plain
    assert cipher.decrypt(trandata.upper().encode()) == plain


@pytest.mark.parametrize("key", ["", "short", "0123456789ABCDEF0", "0123456789ABCDEF" * 2, "0123456789ABCDEé"])
def test_a_key_of_another_length_is_refused_without_showing_it(key: str) -> None:
    with pytest.raises(PermanentError) as refusal:
        TrandataCipher(SecretStr(key))
    assert not key or key not in str(refusal.value)


@pytest.mark.parametrize(
    "trandata",
    [b"", b"00", b"0" * 31, b"0" * 33, b"0" * 48, b"zz" * 16, b" " + RESPONSE_HEX.encode(), RESPONSE_HEX.encode()[:-1]],
    ids=["empty", "two digits", "31 digits", "33 digits", "one block and a half", "not hex", "space", "cut short"],
)
def test_text_that_is_not_whole_blocks_of_hex_is_malformed(trandata: bytes) -> None:
    with pytest.raises(MalformedMessageError):
        TrandataCipher(KEY).decrypt(trandata)


def test_every_cause_gives_the_same_error() -> None:
    other_key = TrandataCipher(SecretStr("FEDCBA9876543210"))
    causes = [b"zz", b"00" * 16, other_key.encrypt(RESPONSE_PLAIN).encode(), RESPONSE_HEX[:-32].encode()]
    messages = set()
    for cause in causes:
        with pytest.raises(MalformedMessageError) as malformed:
            TrandataCipher(KEY).decrypt(cause)
        assert malformed.value.__cause__ is None
        messages.add(str(malformed.value))
    assert len(messages) == 1


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=300))
def test_what_was_encrypted_decrypts(plain: str) -> None:
    cipher = TrandataCipher(KEY)
    assert cipher.decrypt(cipher.encrypt(plain).encode()) == plain


def test_neither_key_nor_text_is_shown() -> None:
    assert "0123456789ABCDEF" not in repr(vars(TrandataCipher(KEY)))
