"""What Tap says it posted on one day in Kuwait: its captures, its reversals and its refunds, page by page."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final, Literal

from infra.clock import KUWAIT, written_day
from infra.errors import TransientError, UnknownOutcomeError
from infra.gateway import MalformedMessageError
from infra.gateway.tap_charge import evidence_of, is_foreign
from infra.gateway.tap_connection import TapConnection
from infra.gateway.tap_json import amount_at, text_at
from models.base import CURRENCY
from models.payments.evidence import EvidenceOutcome
from models.payments.posting import Posting, PostingKind

_PAGE = 50
_MOST_PAGES = 2000
_BY_CREATION = "1"
_MILLISECOND = timedelta(milliseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MOVED: Final = {EvidenceOutcome.CAPTURED: PostingKind.CAPTURE, EvidenceOutcome.VOIDED: PostingKind.REVERSAL}


@dataclass(frozen=True, slots=True)
class _Span:
    """A day in Kuwait, in milliseconds of Unix time; `end` is outside."""

    begin: int
    end: int

    @classmethod
    def of(cls, day: date) -> "_Span":
        first, last = (datetime.combine(each, time(), KUWAIT) for each in (day, day + timedelta(days=1)))
        return cls((first - _EPOCH) // _MILLISECOND, (last - _EPOCH) // _MILLISECOND)

    def holds(self, created: str) -> bool:
        return created.isascii() and created.isdigit() and self.begin <= int(created) < self.end


def postings(connection: TapConnection, day: date) -> list[Posting]:
    """By the moment at which the charge or refund was made: a charge paid after midnight counts on its first day.

    What is in another currency is no part of books in dinars; an attempt of ours that came to it is before staff.
    Raises TransientError when Tap does not answer (a list changes nothing: ask again), PermanentError when it refuses.
    """
    span = _Span.of(day)
    found = []
    try:
        for status in ("CAPTURED", "VOID"):
            pages = _listed(connection, "charges", span, {"status": status})
            found += [_charge(each, day) for each in pages if span.holds(text_at(each, "transaction.created"))]
        pages = _listed(connection, "refunds", span, {})
        found += [_refund(each, day) for each in pages if _is_done(each) and span.holds(text_at(each, "created"))]
    except UnknownOutcomeError as error:
        raise TransientError(str(error)) from None
    except MalformedMessageError:
        raise TransientError(f"Tap's list of {written_day(day)} cannot be read") from None
    return found


def _listed(
    connection: TapConnection, what: Literal["charges", "refunds"], span: _Span, more: dict[str, str]
) -> Iterator[dict[str, Any]]:
    period = {"date": {"from": str(span.begin), "to": str(span.end - 1)}, "type": _BY_CREATION}
    after: dict[str, str] = {}
    for _ in range(_MOST_PAGES):
        page = connection.ask("POST", f"{what}/list", {"period": period, "limit": str(_PAGE), **more, **after}).message
        records = page.get(what)
        if not isinstance(records, list) or not all(isinstance(each, dict) for each in records):
            raise MalformedMessageError
        yield from (each for each in records if not is_foreign(each))
        if page.get("has_more") is not True:
            return
        last = {"starting_after": text_at(records[-1], "id") if records else ""}
        if last == after or not last["starting_after"]:
            raise MalformedMessageError  # the same page again, and again
        after = last
    raise MalformedMessageError


def _charge(charge: dict[str, Any], day: date) -> Posting:
    evidence = evidence_of(charge)
    if evidence.outcome not in _MOVED or evidence.amount is None:
        raise MalformedMessageError
    return Posting(
        kind=_MOVED[evidence.outcome],
        trackid=evidence.trackid,
        paymentid=evidence.paymentid,
        tranid=evidence.tranid,
        ref=evidence.ref,
        auth=evidence.auth,
        amount=evidence.amount,
        posted_on=day,
        terminal=text_at(charge, "merchant.id"),
    )


def _is_done(refund: dict[str, Any]) -> bool:
    return text_at(refund, "status") == "REFUNDED"


def _refund(refund: dict[str, Any], day: date) -> Posting:
    if text_at(refund, "currency") != CURRENCY:
        raise MalformedMessageError
    return Posting(
        kind=PostingKind.REFUND,
        trackid=text_at(refund, "reference.merchant"),
        paymentid=text_at(refund, "charge_id"),
        tranid=text_at(refund, "id"),
        amount=amount_at(refund),
        posted_on=day,
    )
