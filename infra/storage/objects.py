"""What both stores agree on: the form of a key, the digest of the bytes, the refusals."""

import hashlib
import re
from dataclasses import dataclass

from infra.errors import PermanentError

# Folders carry no dot and the last part carries exactly one, so no key can lie below another, climb out of the
# store, or meet a temporary file, whose name starts with a dot.
_PART = "[a-z0-9][a-z0-9_-]{0,79}"
_KEY = re.compile(rf"(?:{_PART}/){{1,4}}{_PART}\.[a-z0-9]{{1,8}}")
_PREFIX = re.compile(rf"(?:{_PART}/){{1,4}}{_PART}")


@dataclass(frozen=True)
class StoredObject:
    key: str
    sha256: str
    size: int


def checked_key(key: str) -> str:
    if not _KEY.fullmatch(key):
        raise PermanentError("an object key has the form kind/id.ext, in lower case letters, digits, - and _")
    return key


def checked_prefix(prefix: str) -> str:
    """A folder at least and the beginning of a name: never all that there is."""
    if not _PREFIX.fullmatch(prefix):
        raise PermanentError("the beginning of an object key has the form kind/id, and names no whole folder")
    return prefix


def described(key: str, data: bytes) -> StoredObject:
    return StoredObject(key=checked_key(key), sha256=hashlib.sha256(data).hexdigest(), size=len(data))


def verified(key: str, data: bytes, *, sha256: str) -> bytes:
    if hashlib.sha256(data).hexdigest() != sha256:
        raise PermanentError(f"object {key} is damaged: its bytes do not have the recorded sha256")
    return data


def missing(key: str) -> PermanentError:
    return PermanentError(f"object {key} is missing")


def taken(key: str) -> PermanentError:
    return PermanentError(f"object {key} exists with other bytes; objects are never overwritten")
