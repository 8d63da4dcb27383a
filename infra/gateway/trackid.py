"""The name of one payment attempt: 19 characters, because KNET's inquiry field holds no more, and no dashes."""

import re
import secrets
from collections.abc import Callable

_PREFIX = "RP"
_DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: no I, L, O, U to misread over the telephone
_LENGTH = 17
_BITS = 5
TRACKID = re.compile(r"[A-Z0-9]{1,19}")
NEW_TRACKID = re.compile(f"{_PREFIX}[{_DIGITS}]{{{_LENGTH}}}")
"""As `new_trackid` makes them."""


def new_trackid(random_bytes: Callable[[int], bytes] = secrets.token_bytes) -> str:
    """`RP` and 85 random bits: not to be guessed, and unique without asking anybody."""
    number = int.from_bytes(random_bytes((_LENGTH * _BITS + 7) // 8), "big")
    return _PREFIX + "".join(_DIGITS[number >> (_BITS * place) & 31] for place in range(_LENGTH))
