"""Notices as each bank would write them, under the right key: whatever they say, they prove nothing."""

import json
from dataclasses import dataclass, field

from pydantic import SecretStr

from infra.gateway import knet_fields
from infra.gateway.knet_cipher import TrandataCipher
from infra.gateway.tap_charge import signature
from infra.gateway.tap_json import amount_to_json, read_object
from models.money import Money
from models.payments.attempt import PaymentAttempt
from tests.sandbox_world import KEY
from tests.tap_world import SECRET_KEY

KNET_WORDS = ("CAPTURED", "NOT CAPTURED", "CANCELED", "HOST TIMEOUT", "SUSPECTED", "NO SUCH WORD")
TAP_WORDS = ("CAPTURED", "DECLINED", "CANCELLED", "TIMEDOUT", "VOID", "NO SUCH WORD")


@dataclass(frozen=True)
class Notice:
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)


def knet_notice(attempt: PaymentAttempt, word: str, *, fils: int, mark: str) -> Notice:
    """`mark` makes it another message than the last."""
    values = {
        "paymentid": attempt.paymentid or "100000000000000000",
        "result": word.replace(" ", "+"),
        "trackid": attempt.trackid,
        "udf2": mark,
        "amt": str(Money(fils)),
    }
    return Notice(b"trandata=" + TrandataCipher(SecretStr(KEY)).encrypt(knet_fields.join(values.items())).encode())


def tap_notice(attempt: PaymentAttempt, word: str, *, fils: int, mark: str) -> Notice:
    charge = {
        "id": attempt.paymentid or "chg_TS0000000000000000000000",
        "status": word,
        "amount": amount_to_json(Money(fils)),
        "currency": "KWD",
        "reference": {"track": mark, "transaction": attempt.trackid, "gateway": "1", "payment": "2"},
        "transaction": {"created": "1795420800000"},
        "auto_reversed": False,
    }
    body = json.dumps(charge).encode()
    signed = signature(read_object(body, longest=len(body)), SecretStr(SECRET_KEY))
    return Notice(body, {"hashstring": signed})
