"""The receipt's digital seal: a signed summary in the QR code that proves a printed receipt without asking us.

Text: unpadded base32 (RFC 4648), capitals and digits only, so it fits QR's alphanumeric mode and an address both.
Bytes, numbers big-endian:

    0       1   version, 1
    1       4   key id: the first bytes of SHA-256 over the raw public key
    5       4   time of issue, seconds since 1970 UTC
    9       4   amount in fils
    13      3   currency, ASCII
    16      16  digest: the first bytes of SHA-256 over the receipt's data (see `digest_of`)
    32      …   receipt number, case reference, gateway reference: each one byte of length, then ASCII
    end-64  64  Ed25519 over b"residency renewal receipt seal" followed by all bytes before

No name and no civil number is in it. A seal cannot know of a later refund: the page behind the QR says that.
"""

import base64
import hashlib
import json
import struct
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from typing import Final, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pydantic import SecretStr

from infra.errors import PermanentError
from models.base import CURRENCY
from models.money import Money
from models.receipt_view import ReceiptView

VERSION: Final = 1
_HEAD: Final = struct.Struct(">B4sII3s16s")
_SIGNATURE_BYTES: Final = 64
_KEY_BYTES: Final = 32
_CONTEXT: Final = b"residency renewal receipt seal"


class SealError(PermanentError):
    """The text is not a seal of ours."""


class MalformedSealError(SealError):
    """Not a seal at all: damaged, cut, or something else."""


class UnknownSealVersionError(SealError):
    """Sealed by a later release of this product, or by something else."""


class UnknownSealKeyError(SealError):
    """Sealed with another key than the one asked about; try the key with this id."""

    def __init__(self, key: str) -> None:
        super().__init__(f"sealed with key {key}")
        self.key = key


class ForgedSealError(SealError):
    """The signature does not belong to what the seal says."""


@dataclass(frozen=True, slots=True)
class SealPayload:
    """What the seal vouches for. Times are kept to the second, text is ASCII of at most 255 bytes."""

    issued_at: datetime
    receipt_number: str
    case_reference: str
    gateway_reference: str
    amount: Money
    currency: str
    digest: bytes

    @classmethod
    def of(cls, view: ReceiptView) -> Self:
        return cls(
            issued_at=view.issued_at.astimezone(UTC).replace(microsecond=0),
            receipt_number=view.receipt_number,
            case_reference=view.case_reference,
            gateway_reference=view.payment.reference,
            amount=view.total,
            currency=CURRENCY,
            digest=digest_of(view),
        )


def digest_of(view: ReceiptView) -> bytes:
    """128 bits over all that the receipt shows, as canonical JSON; not over the QR text, which carries the digest."""
    shown = {name: value for name, value in asdict(view).items() if name != "qr_text"}
    canonical = json.dumps(shown, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=_plain)
    return hashlib.sha256(canonical.encode()).digest()[:16]


def _plain(value: date) -> str:
    """Times in UTC: the same moment read back in another zone gives the same digest."""
    return (value.astimezone(UTC) if isinstance(value, datetime) else value).isoformat()


def seal(payload: SealPayload, key: SecretStr) -> str:
    """The text for the QR code. `key` is RENEWAL_SEAL_KEY: a 32-byte Ed25519 seed in base64."""
    private = _private_key(key)
    body = _pack(payload, bytes.fromhex(key_id(private.public_key())))
    return base64.b32encode(body + private.sign(_CONTEXT + body)).decode().rstrip("=")


def verify(text: str, public: Ed25519PublicKey) -> SealPayload:
    """What the seal vouches for, or a SealError that says why it vouches for nothing."""
    data = _decode(text)
    if data[0] != VERSION:
        raise UnknownSealVersionError(f"seal version {data[0]} is not known")
    body, signature = data[:-_SIGNATURE_BYTES], data[-_SIGNATURE_BYTES:]
    if body[1:5].hex() != key_id(public):
        raise UnknownSealKeyError(body[1:5].hex())
    try:
        public.verify(signature, _CONTEXT + body)
    except InvalidSignature as error:
        raise ForgedSealError("the seal's signature does not match its content") from error
    return _unpack(body)


def public_key(key: SecretStr) -> Ed25519PublicKey:
    """The half that is published, so that anybody can verify."""
    return _private_key(key).public_key()


def key_id(public: Ed25519PublicKey) -> str:
    """Eight hexadecimal digits by which a seal names its key."""
    return hashlib.sha256(public.public_bytes_raw()).hexdigest()[:8]


def _private_key(key: SecretStr) -> Ed25519PrivateKey:
    try:
        seed = base64.b64decode(key.get_secret_value(), validate=True)
        return Ed25519PrivateKey.from_private_bytes(seed)
    except ValueError:
        raise PermanentError(f"RENEWAL_SEAL_KEY must be {_KEY_BYTES} bytes in base64") from None


def _pack(payload: SealPayload, key: bytes) -> bytes:
    seconds = int(payload.issued_at.timestamp())
    head = _HEAD.pack(VERSION, key, seconds, payload.amount.fils, payload.currency.encode("ascii"), payload.digest)
    texts = (payload.receipt_number, payload.case_reference, payload.gateway_reference)
    return head + b"".join(bytes([len(text)]) + text.encode("ascii") for text in texts)


def _unpack(body: bytes) -> SealPayload:
    _, _, seconds, fils, currency, digest = _HEAD.unpack_from(body)
    texts, rest = [], body[_HEAD.size :]
    while rest:
        texts.append(rest[1 : rest[0] + 1].decode("ascii"))
        rest = rest[rest[0] + 1 :]
    receipt_number, case_reference, gateway_reference = texts
    return SealPayload(
        issued_at=datetime.fromtimestamp(seconds, UTC),
        receipt_number=receipt_number,
        case_reference=case_reference,
        gateway_reference=gateway_reference,
        amount=Money(fils),
        currency=currency.decode("ascii"),
        digest=digest,
    )


def _decode(text: str) -> bytes:
    try:
        data = base64.b32decode(text + "=" * (-len(text) % 8))
    except ValueError as error:
        raise MalformedSealError("the text is not base32") from error
    if base64.b32encode(data).decode().rstrip("=") != text:
        raise MalformedSealError("the text has another spelling than a seal")  # spare bits set: one seal, one text
    if len(data) < _HEAD.size + _SIGNATURE_BYTES:
        raise MalformedSealError("the text is too short for a seal")
    return data
