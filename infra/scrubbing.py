"""Reading every stored file again: a damaged receipt is best found before somebody asks for it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import structlog
from sqlalchemy import exists, select
from sqlmodel import col

from infra.database import unit_of_work
from infra.errors import PermanentError
from infra.wiring import Ports
from models.case import Case
from models.document import Document
from models.erasure import Erasure
from models.receipt import Receipt

_PAGE: Final = 500
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Kept:
    """`what` is a receipt's number, or the kind of a document."""

    reference: str
    what: str
    key: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Scrubbed:
    """How many files were read, and which are gone or are not what was stored, with the reason of each."""

    read: int
    damaged: list[tuple[Kept, str]]


def scrub(ports: Ports, *, progress: Callable[[int], object] = lambda count: count) -> Scrubbed:
    """Read every receipt and every accepted document, but of erased cases; changes nothing.

    Each damage is a `staff_alert` in the log. TransientError when the store cannot be reached.
    """
    read, damaged = 0, []
    for kept in _everything(ports):
        try:
            ports.store.get(kept.key, sha256=kept.sha256)
        except PermanentError as error:
            damaged.append((kept, str(error)))
            _log.error("staff_alert", alert="A stored file is damaged", text=f"{kept.reference} {kept.what}: {error}")
        read += 1
        progress(read)
    return Scrubbed(read, damaged)


def _everything(ports: Ports) -> Iterator[Kept]:
    yield from _kept(ports, Receipt, what=Receipt.number)
    yield from _kept(ports, Document, what=Document.kind)


def _kept(ports: Ports, kind: type[Receipt] | type[Document], *, what: Any) -> Iterator[Kept]:
    """Page by page, so that no transaction stays open while files are read."""
    columns: list[Any] = [kind.id, Case.reference, what, kind.object_key, kind.sha256]
    erased = exists().where(col(Erasure.case_id) == col(kind.case_id), col(Erasure.begun_at).is_not(None))
    query = (
        select(*columns)
        .join(Case, col(Case.id) == col(kind.case_id))
        .where(col(kind.object_key).is_not(None), ~erased)
        .order_by(col(kind.id))
        .limit(_PAGE)
    )
    last = UUID(int=0)
    while True:
        with unit_of_work(ports.engine) as session:
            page = session.execute(query.where(col(kind.id) > last)).all()
        if not page:
            return
        for _, *words in page:
            yield Kept(*words)
        last = page[-1][0]
