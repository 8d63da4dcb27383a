"""JSON as Tap writes it, read strictly: no name twice, no number rounded, nothing that is not JSON."""

import json
from decimal import Context, Decimal, Inexact, InvalidOperation
from typing import Any, NoReturn

from infra.gateway import MalformedMessageError
from models.errors import InputError
from models.money import Money

_LONGEST_TEXT = 500
_FILS = Decimal("0.001")
_DIGITS = 9  # 999999.999 dinars


def read_object(body: bytes, *, longest: int) -> dict[str, Any]:
    """The object in `body`, its numbers as Decimal; MalformedMessageError for anything else."""
    if len(body) > longest:
        raise MalformedMessageError
    try:
        message = json.loads(
            body.decode("utf-8"),
            object_pairs_hook=_without_repeats,
            parse_int=Decimal,
            parse_float=Decimal,
            parse_constant=_no_number,
        )
    except (ValueError, ArithmeticError, RecursionError):  # no text, no JSON; no number; a nest without end
        raise MalformedMessageError from None
    if not isinstance(message, dict):
        raise MalformedMessageError
    return message


def text_at(message: dict[str, Any], path: str) -> str:
    """The value at `reference.gateway` as text, `""` when it is not there; MalformedMessageError when it is no text."""
    value: Any = message
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value) if isinstance(value, str | Decimal) else None
    if text is None or len(text) > _LONGEST_TEXT or not text.isprintable():
        raise MalformedMessageError
    return text


def amount_at(message: dict[str, Any], name: str = "amount") -> Money:
    """`10`, `0.5` and `10.000` as whole fils; MalformedMessageError for part of a fils, a sign, or a text."""
    value = message.get(name)
    if not isinstance(value, Decimal):
        raise MalformedMessageError
    try:
        exact = Context(prec=_DIGITS, traps=[Inexact, InvalidOperation]).quantize(value, _FILS)
        return Money.parse(str(exact))
    except (ArithmeticError, InputError):
        raise MalformedMessageError from None


def amount_to_json(amount: Money) -> float:
    """What the encoder writes for it is exact: a float gives back every number of up to fifteen digits."""
    return float(str(amount))


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise MalformedMessageError
    return fields


def _no_number(_: str) -> NoReturn:
    raise MalformedMessageError
