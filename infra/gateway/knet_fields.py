"""The `name=value&…` text inside and around `trandata`, read strictly: an altered message must not pass for another."""

import re
from collections.abc import Iterable
from urllib.parse import unquote_plus

from infra.errors import PermanentError
from infra.gateway import MalformedMessageError

_PAIR = re.compile(r"(?P<name>[A-Za-z][A-Za-z0-9_]{0,39})=(?P<value>(?:[ -$'-<>-~]|%[0-9A-Fa-f]{2})*)")
_VALUE = re.compile(r"[ -$'-<>-~]*")  # printable ASCII without `%`, `&` and `=`

# The same thing has two names in different messages of the same gateway.
_SYNONYMS = {"payid": "paymentid", "authresponsecode": "authrespcode"}


def join(pairs: Iterable[tuple[str, str]]) -> str:
    """The plain text of a request. Values are sent as they are, so those that could break out are refused."""
    parts = []
    for name, value in pairs:
        if _VALUE.fullmatch(value) is None:
            raise PermanentError(f"{name} holds a character that KNET does not take; use letters, digits and . : / -")
        parts.append(f"{name}={value}")
    return "&".join(parts)


def parse(text: str) -> dict[str, str]:
    """Values by lower-case name, form-decoded. A repeated name, in any case, is MalformedMessageError."""
    fields: dict[str, str] = {}
    for part in text.removesuffix("&").split("&"):
        match = _PAIR.fullmatch(part)
        if match is None:
            raise MalformedMessageError
        name = canonical(match["name"])
        if name in fields:
            raise MalformedMessageError
        fields[name] = _decoded(match["value"])
    return fields


def canonical(name: str) -> str:
    lowered = name.lower()
    return _SYNONYMS.get(lowered, lowered)


def _decoded(value: str) -> str:
    try:
        decoded = unquote_plus(value, errors="strict")
    except UnicodeDecodeError:
        raise MalformedMessageError from None
    if not decoded.isprintable():
        raise MalformedMessageError
    return decoded
