"""Files in quarantine that no row names: what brought them died after they were stored and before it was committed."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import islice
from typing import Final

from sqlmodel import col, select

from infra.database import unit_of_work
from infra.intake.storing import take_away
from infra.wiring import Ports
from models.document import QUARANTINE, Document

AT_MOST: Final = 1000
"""So many files a run; the others wait for the next."""
_YOUNG: Final = timedelta(days=1)
_PAGE: Final = 1000
_PARTS: Final = 256
"""A document's id is random: so many lists of the store, none of them large."""


def sweep(ports: Ports, *, dry_run: bool) -> tuple[int, int]:
    """Erase those that are older than a day: how many went, or would, and how many could not.

    TransientError when the store cannot say which there are.
    """
    keys = list(islice(_left_behind(ports), AT_MOST))
    gone = len(keys) if dry_run else take_away(ports.store, keys)
    return gone, len(keys) - gone


def _left_behind(ports: Ports) -> Iterator[str]:
    """A young one may belong to an application that is just being written."""
    until = ports.now() - _YOUNG
    for part in range(_PARTS):
        for key in _unnamed(ports, ports.store.keys_beginning(f"{QUARANTINE}{part:02x}")):
            written = ports.store.written_at(key)
            if written is not None and written < until:
                yield key


def _unnamed(ports: Ports, keys: Sequence[str]) -> Iterator[str]:
    for start in range(0, len(keys), _PAGE):
        page = keys[start : start + _PAGE]
        with unit_of_work(ports.engine) as session:
            query = select(Document.quarantine_key).where(col(Document.quarantine_key).in_(page))
            named = set(session.exec(query))
        yield from (key for key in page if key not in named)
