"""Ids as people give them: whole, or so much of the beginning that only one thing is called so."""

import re
from typing import Final
from uuid import UUID

from sqlmodel import Session, col, select

from models.base import Record
from models.errors import InputError, MissingError

SHORTEST: Final = 8
_FORM: Final = re.compile(r"[0-9a-f-]{8,36}")
_DIGITS: Final = 32
_TOLD: Final = 5  # as many as an error tells apart


def id_called(session: Session, kind: type[Record], text: str, *, what: str) -> UUID:
    """The id of the one row that begins with `text`, eight characters or more.

    InputError when it is no beginning of an id, or when several rows begin so; MissingError when none does. `what` is
    the word for such a thing, and the field that is wrong.
    """
    wanted = text.strip().lower()
    if _ends(wanted) is None:
        raise InputError(what, f"{text!r} is no id; give the id as it is listed, or its first {SHORTEST} characters")
    found = ids_beginning(session, kind, wanted)
    if not found:
        raise MissingError(what, text)
    if len(found) > 1:
        raise InputError(what, ambiguous(found))
    return found[0]


def ambiguous(found: list[UUID]) -> str:
    return f"more than one begins so ({', '.join(map(str, found))}); give more of it"


def ids_beginning(session: Session, kind: type[Record], text: str) -> list[UUID]:
    """Five at most; none when the text is no beginning of an id. It reads the index of the key, not the table."""
    ends = _ends(text.lower())
    if ends is None:
        return []
    query = select(kind.id).where(col(kind.id) >= ends[0], col(kind.id) <= ends[1]).order_by(col(kind.id))
    return list(session.exec(query.limit(_TOLD)))


def _ends(wanted: str) -> tuple[UUID, UUID] | None:
    """The first and the last id that begin so, with hyphens at their places or without any."""
    digits = wanted.replace("-", "")
    if _FORM.fullmatch(wanted) is None or not SHORTEST <= len(digits) <= _DIGITS:
        return None
    first, last = UUID(digits.ljust(_DIGITS, "0")), UUID(digits.ljust(_DIGITS, "f"))
    return (first, last) if str(first).startswith(wanted) or first.hex.startswith(wanted) else None
