"""The sweep: every act dies at every moment that it comes to, is done again, and everything is brought to rest."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Final

from sqlmodel import Session, col, func, select

from infra.wiring import Ports
from models.payments.attempt import PaymentAttempt
from models.payments.order import OrderStatus
from models.payments.refund import Refund, RefundState
from tests.crash_sweep.children import Child
from tests.crash_sweep.ground import Ground, serve
from tests.crash_sweep.judging import Verdict, judge
from tests.crash_sweep.moments import Moments, at_commits, watched
from tests.crash_sweep.product import Product
from tests.crash_sweep.tales import ACTS, Act, Tale

_REST: Final = timedelta(days=4)
_MOVES_BY_ITSELF: Final = (RefundState.APPROVED, RefundState.SUBMITTING, RefundState.UNKNOWN)


@dataclass
class Point:
    """One moment at which an act dies, and what was found of all that died there."""

    act: Act
    nth: int
    moment: str
    deaths: int = 0
    verdict: Verdict = field(default_factory=Verdict)


@dataclass
class Sweep:
    """The product on its ground; `points` fills as it goes."""

    ground: Ground
    product: Product
    acts: tuple[Act, ...] = ACTS
    points: list[Point] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def run(self, *, repeats: int, tell: Callable[[int], None]) -> None:
        """Each act once without a crash, which shows its moments; then each moment, so many times."""
        self.points = [point for act in self.acts for point in self._points_of(act)]
        for number in range(1, repeats + 1):
            tales = [(point, self._tale(point.act, point=point)) for point in self.points]
            bank = self.ground.ledger()
            for point, tale in tales:
                point.deaths += 1
                point.verdict += judge(tale, bank)
            tell(number)

    @property
    def total(self) -> Verdict:
        return sum((point.verdict for point in self.points), Verdict())

    def _points_of(self, act: Act) -> list[Point]:
        tale = self._new_tale(act)
        moments = self._perform(tale, act, die_at=None)
        self._end(tale, act)
        found = judge(tale, self.ground.ledger())
        if found != Verdict():
            raise AssertionError(f"{act.name} goes wrong without any crash: {found}")
        return [Point(act, nth, moment) for nth, moment in enumerate(moments, start=1)]

    def _tale(self, act: Act, *, point: Point) -> Tale:
        tale = self._new_tale(act)
        told = self._perform(tale, act, die_at=point.nth)
        if told[-1] != point.moment:
            raise AssertionError(f"{act.name} came to {told[-1]!r} where it came to {point.moment!r} before")
        act.again(tale)
        self._end(tale, act)
        return tale

    def _new_tale(self, act: Act) -> Tale:
        tale = Tale(self.ground, self.product, f"{next(self._numbers):06d}")
        for step in act.before:
            step(tale)
        return tale

    def _perform(self, tale: Tale, act: Act, *, die_at: int | None) -> list[str]:
        """In a process of its own: the act, or our web while the payer's browser asks it."""
        self.ground.note_day()
        if not act.served:
            return Child.that_does(lambda moments: self._do(tale, act, moments), die_at=die_at).end()
        child = Child.that_does(self._serve, die_at=die_at)
        act.dies(tale, tale.ports)
        return child.end(stop=True)

    def _do(self, tale: Tale, act: Act, moments: Moments) -> None:
        ports = self.ground.make_ports(moments=moments)
        with at_commits(moments):
            act.dies(tale, ports)

    def _serve(self, moments: Moments) -> None:
        ports = self.ground.at_the_doomed_address(self.ground.make_ports(moments=moments))
        with at_commits(moments):
            serve(watched(self.product.web(ports), moments), self.ground.doomed)

    def _end(self, tale: Tale, act: Act) -> None:
        """Whoever has not paid pays later, and all that can still happen happens."""
        for step in act.after:
            step(tale)
        tale.insist()
        self._rest(tale)
        if tale.order.status is OrderStatus.OPEN:
            tale.pay()
            self._rest(tale)

    def _rest(self, tale: Tale) -> None:
        """Four days go by, from one moment at which something is due to the next; then the bank's files come."""
        end = self.ground.now() + _REST
        while (due := _next_due(tale.ports)) is not None and due < end:
            self.ground.now.advance(max(due - self.ground.now(), timedelta(0)) + timedelta(seconds=1))
            tale.work_off()
        self.ground.now.advance(end - self.ground.now())
        tale.work_off()
        self.product.reconcile(self.ground)


def _next_due(ports: Ports) -> datetime | None:
    """When the worker has something to do next. A refund of which no question can tell has no such moment."""
    checks = select(func.min(col(PaymentAttempt.next_check_at)))
    refunds = select(func.min(col(Refund.due_at))).where(col(Refund.state).in_(_MOVES_BY_ITSELF))
    with Session(ports.engine) as session:
        due = [each for each in (session.exec(checks).one(), session.exec(refunds).one()) if each is not None]
    return min(due, default=None)
