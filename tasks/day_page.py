"""The page of a day's operations for staff, as Markdown; sums only, and none so small that it would be a person's."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from infra.clock import written_minute
from infra.day_summary import HAPPENINGS, QUEUE, SUBMITTED, WHOM, DaySummary, Moved, Wait
from infra.remedies import MANAGE
from models.money import Money
from models.payments.ledger import LedgerKind
from models.payments.review import review_words
from models.states import Party
from tasks.case_words import PARTY_WORDS

FEWEST: Final = 3
"""A sum of fewer payments could be read back to one person's amount, and no such amount reaches Prefect."""


@dataclass(frozen=True, slots=True)
class WorkerState:
    name: str
    state: str
    last_seen: datetime | None


@dataclass(frozen=True, slots=True)
class PoolState:
    workers: Sequence[WorkerState]
    paused: Sequence[str]


def day_page(day: DaySummary, pool: PoolState, *, chart: str) -> str:
    """`chart` is an address that a browser shows."""
    parts = [
        f"# {day.day:%A %d/%m/%Y}\n\nAs of {written_minute(day.at)} in Kuwait.",
        f"![The day by service, and who is waited for]({chart})",
        _happened(day),
        _waiting(day),
        _oldest(day),
        _money(day),
        _questions(day),
        _workers(pool),
    ]
    return "\n\n".join(parts)


def _happened(day: DaySummary) -> str:
    words = [SUBMITTED, *HAPPENINGS]
    rows = [[service.value, *(str(counts[word]) for word in words)] for service, counts in day.happened.items()]
    total = ["**all**", *(f"**{sum(counts[word] for counts in day.happened.values())}**" for word in words)]
    return _section("What happened on the day", ["service", *words], [*rows, total])


def _waiting(day: DaySummary) -> str:
    rows = [[service.value, *(str(counts[whom]) for whom in WHOM)] for service, counts in day.waiting.items()]
    total = ["**all**", *(f"**{sum(counts[whom] for counts in day.waiting.values())}**" for whom in WHOM)]
    held = f"\n\n{day.held} of them held by staff: `{MANAGE} queue` lists them." if day.held else ""
    return _section("Who is waited for now", ["service", *(_words(whom) for whom in WHOM)], [*rows, total]) + held


def _oldest(day: DaySummary) -> str:
    rows = [
        [_words(whom), each.reference, f"{each.status}{' (held)' if each.held else ''}", _waits(each, now=day.at)]
        for whom, waits in day.oldest.items()
        for each in waits
    ]
    return _section("The oldest waits", ["waits for", "case", "status", "since"], rows) if rows else ""


def _words(whom: str) -> str:
    return "the intake queue" if whom == QUEUE else PARTY_WORDS[Party(whom)]


def _waits(each: Wait, *, now: datetime) -> str:
    passed = now - each.since
    hours = passed.seconds // 3600
    return f"{written_minute(each.since)}, {passed.days} d {hours} h"


def _money(day: DaySummary) -> str:
    names = {LedgerKind.CAPTURE: "captured", LedgerKind.REFUND: "refunded"}
    rows = [[names[kind], str(moved.count), _sum(moved)] for kind, moved in day.money.items()]
    return _section("Money", ["", "payments", "KD"], rows) + f"\n\nTo the fil: `{MANAGE} ledger statement`."


def _sum(moved: Moved) -> str:
    if 0 < moved.count < FEWEST:
        return f"not shown of fewer than {FEWEST}"
    return str(Money(moved.fils))


def _questions(day: DaySummary) -> str:
    words = review_words()
    rows = [[words[each.kind].title_en, str(each.count), written_minute(each.oldest)] for each in day.questions]
    if not rows:
        return "## Open questions about money\n\nNone."
    return _section("Open questions about money", ["question", "open", "oldest since"], rows) + (
        f"\n\nWork through them with `{MANAGE} payments work`."
    )


def _workers(pool: PoolState) -> str:
    heard = [written_minute(each.last_seen) if each.last_seen else "never" for each in pool.workers]
    rows = [[each.name, each.state, last] for each, last in zip(pool.workers, heard, strict=True)]
    paused = f"\n\n**Paused queues**: {', '.join(pool.paused)}." if pool.paused else ""
    return _section("Workers", ["worker", "state", "last heard of"], rows) + paused


def _section(title: str, heading: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(heading)} |", f"|{'---|' * len(heading)}", *(f"| {' | '.join(row)} |" for row in rows)]
    return "\n".join([f"## {title}", "", *lines])
