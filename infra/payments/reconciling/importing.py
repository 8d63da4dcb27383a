"""Importing a settlement file, or a gateway's own list: once, line by line, each line a transaction of its own."""

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from infra.clock import kuwait_date
from infra.database import all_of, unit_of_work
from infra.gateway import Evidence
from infra.payments.evidence_box import keep_evidence
from infra.payments.pauses import known_gateway
from infra.payments.reconciling.absent import look_for_absent
from infra.payments.reconciling.closing import close_file
from infra.payments.reconciling.line import Line, values_of
from infra.payments.reconciling.profile import load_profile
from infra.payments.reconciling.reading import MOST_BYTES, Statement, read_statement
from infra.payments.reconciling.repeats import without_repeats
from infra.payments.reconciling.report import Report, report_of
from infra.payments.reconciling.taking import take_line
from infra.wiring import Ports
from models.errors import InputError
from models.payments.evidence import EvidenceKind, EvidenceOutcome
from models.payments.posting import PostingKind
from models.payments.settlement_file import SettlementFile, SettlementLine

Progress = Callable[[int, int], None]
"""Called with how many lines are done, of how many."""

LISTING: Final = "listing"
_DAY_IN_NAME: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Source:
    """Where the lines come from."""

    gateway: str
    profile: str
    name: str
    sha256: str
    day: date  # of a source without lines


def import_settlement(
    ports: Ports,
    *,
    gateway: str,
    profile: str,
    name: str,
    data: bytes,
    actor: str,
    on_progress: Progress | None = None,
) -> Report:
    """Take in the bank's file; what it shows, what it does not show, and whether its totals agree.

    A file counts once, whatever its name, and one without lines once a day for each profile: a finished one is reported
    and changes nothing, an interrupted one goes on.
    InputError, naming line and column, for a file that cannot be read: it is kept as evidence and nothing else changes.
    """
    known_gateway(ports, gateway)
    chosen = load_profile(profile)
    if chosen.gateway != gateway:
        raise InputError("profile", f"{profile} is of the gateway {chosen.gateway}; choose one of {gateway}")
    today = kuwait_date(ports.now())
    try:
        statement = read_statement(data, chosen, near=today)
    except InputError as refusal:
        _keep_refused(ports, gateway, data, refusal)
        raise
    day = _day_of(name) or today
    source = _Source(
        gateway=gateway,
        profile=profile,
        name=name,
        sha256=_identity(data, statement, gateway=gateway, profile=profile, day=day),
        day=day,
    )
    return _import(ports, source, statement, actor=actor, on_progress=on_progress)


def import_listing(ports: Ports, *, gateway: str, day: date, actor: str, on_progress: Progress | None = None) -> Report:
    """Take in what the gateway itself says that it posted on a day in Kuwait that is over, in the same way.

    InputError where it has no such list. Raises TransientError or PermanentError as the gateway does.
    """
    known_gateway(ports, gateway)
    adapter = ports.gateway_named(gateway)
    if not adapter.capabilities.lists_transactions:
        raise InputError("gateway", f"{gateway} has no list of transactions; import the bank's file with a profile")
    if day >= kuwait_date(ports.now()):
        raise InputError("day", "must be over in Kuwait: a list of today is not complete")
    postings = sorted(adapter.list_transactions(day), key=lambda each: json.dumps(values_of(each)))
    rows = json.dumps([gateway, day.isoformat(), [values_of(each) for each in postings]])
    source = _Source(
        gateway=gateway,
        profile=LISTING,
        name=f"{gateway}-{day}",
        sha256=hashlib.sha256(rows.encode()).hexdigest(),
        day=day,
    )
    statement = Statement(dict(enumerate(postings, start=1)), None, fees_deducted=True)
    return _import(ports, source, statement, actor=actor, on_progress=on_progress)


def _identity(data: bytes, statement: Statement, *, gateway: str, profile: str, day: date) -> str:
    """Lines make a file one of its kind. Two days on which nothing happened look the same, and are two files."""
    if statement.postings:
        return hashlib.sha256(data).hexdigest()
    return hashlib.sha256(f"{gateway}:{profile}:{day}|".encode() + data).hexdigest()


def _import(ports: Ports, source: _Source, statement: Statement, *, actor: str, on_progress: Progress | None) -> Report:
    file, taken = _open(ports, source, statement, actor=actor)
    if file.finished_at is not None:
        return report_of(ports, file.id, without_repeats(ports, file.id, statement), already=True)
    done, doubted = len(taken), bool(statement.differences)
    for number in sorted(statement.postings.keys() - taken, key=lambda each: _order(statement, each)):
        line = Line(file=file, number=number, posting=statement.postings[number], doubted=doubted)
        take_line(ports, line, actor=actor)
        done += 1
        if on_progress is not None:
            on_progress(done, len(statement.postings))
    absent = look_for_absent(ports, gateway=source.gateway, now=ports.now(), actor=actor, under_way=file.id)
    once = without_repeats(ports, file.id, statement)
    close_file(ports, file.id, once, actor=actor)
    return report_of(ports, file.id, once, absent=absent)


def _order(statement: Statement, number: int) -> tuple[date, bool, int]:
    """Of each day captures first: what was captured and taken back, or refunded, on one day may stand in any order."""
    said = statement.postings[number]
    return said.posted_on, said.kind is not PostingKind.CAPTURE, number


def _open(ports: Ports, source: _Source, statement: Statement, *, actor: str) -> tuple[SettlementFile, set[int]]:
    """The file's row, written once, and the numbers of its lines that were taken in already."""
    totals = statement.stated or statement.reckoned
    first, last = statement.days or (source.day, source.day)
    row = SettlementFile(
        created_at=ports.now(),
        gateway=source.gateway,
        profile=source.profile,
        sha256=source.sha256,
        name=source.name,
        first_day=first,
        last_day=last,
        captures_fils=totals.captures.fils,
        refunds_fils=totals.refunds.fils,
        fees_fils=totals.fees.fils,
        net_fils=totals.net.fils,
        imported_by=actor,
    )
    with unit_of_work(ports.engine) as session:
        session.connection().execute(insert(SettlementFile).values(row.model_dump()).on_conflict_do_nothing())
        [file] = all_of(session, SettlementFile, sha256=source.sha256)
        return file, _taken(session, file.id)


def _taken(session: Session, file_id: UUID) -> set[int]:
    return set(session.exec(select(SettlementLine.number).where(col(SettlementLine.file_id) == file_id)))


def _keep_refused(ports: Ports, gateway: str, data: bytes, refusal: InputError) -> None:
    """So that what was handed in is not lost; the same file again is the same evidence."""
    evidence = Evidence(EvidenceOutcome.MALFORMED, "", fields={"refused": str(refusal)})
    with unit_of_work(ports.engine) as session:
        keep_evidence(
            session,
            evidence,
            kind=EvidenceKind.SETTLEMENT_LINE,
            raw=data[:MOST_BYTES],
            now=ports.now(),
            gateway=gateway,
            attempt=None,
        )


def _day_of(name: str) -> date | None:
    """The day that an exported file is named after."""
    found = _DAY_IN_NAME.search(name)
    try:
        return date.fromisoformat(found[0]) if found else None
    except ValueError:
        return None
