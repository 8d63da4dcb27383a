"""The machine without its rules: a new example, what its rules look at, and what is checked after every step."""

import sys
from collections import Counter, defaultdict
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from sqlmodel import Session

from infra.clock import kuwait_date
from infra.database import all_of
from models.base import Record
from models.payments.attempt import PaymentAttempt
from models.payments.order import OrderLine, PaymentOrder
from tests.money.bed import SECRETS, Bed
from tests.money.books import Books
from tests.money.cases import open_case
from tests.money.in_the_end import EVENTUALLY
from tests.money.invariants import ALWAYS

Page = tuple[str, dict[str, str]]
"""Where the form of the bank's page goes, and what it holds."""

REACHED: defaultdict[str, Counter[str]] = defaultdict(Counter)
"""By gateway: steps, and what the examples of this process came to; a machine that reaches nothing proves nothing."""

picks = st.integers(0, 5)
"""Which of those that there are; counted round."""


class Example(RuleBasedStateMachine):
    bed: ClassVar[Bed]

    def __init__(self) -> None:
        super().__init__()
        self.bed.begin()
        self.since = kuwait_date(self.bed.clock())
        self.cases: list[UUID] = []
        self.pages: dict[str, Page] = {}
        self.kept: dict[UUID, Any] = {}

    @precondition(lambda self: len(self.cases) == 1)
    @rule(fils=st.sampled_from([10_000, 55_005]))
    def somebody_else_is_to_pay(self, fils: int) -> None:
        self.cases.append(open_case(self.bed.ports, fils))

    # What rules look at

    def rows(self, kind: type[Record], **equals: object) -> list[Any]:
        with Session(self.bed.ports.engine) as session:
            return all_of(session, kind, **equals)

    def order(self, pick: int) -> PaymentOrder:
        case_id = self.cases[pick % len(self.cases)]
        [line] = self.rows(OrderLine, case_id=case_id)
        [order] = self.rows(PaymentOrder, id=line.order_id)
        return order

    def attempt(self, pick: int) -> PaymentAttempt | None:
        """The newest first."""
        attempts = self.rows(PaymentAttempt)[::-1]
        return attempts[pick % len(attempts)] if attempts else None

    # What is checked

    @invariant()
    def every_invariant_holds(self) -> None:
        REACHED[self.bed.side.name]["steps"] += 1
        books = Books.read(self.bed)
        for holds in ALWAYS:
            holds(books)
        self.i5_what_was_written_stays(books)
        self.i11_a_refund_is_sent_once()

    def i5_what_was_written_stays(self, books: Books) -> None:
        now = {each.id: each.model_dump() for each in (*books.entries, *books.evidence, *books.steps)}
        assert all(now.get(key) == row for key, row in self.kept.items())
        self.kept = now

    def i11_a_refund_is_sent_once(self) -> None:
        """Or again only for as long as the gateway knows it for the same one."""
        again_within = self.bed.gateway.capabilities.refund_again_within
        sent: dict[UUID, list[datetime]] = {}
        for refund_id, at in self.bed.gateway.refunds_sent:
            sent.setdefault(refund_id, []).append(at)
        for moments in sent.values():
            assert len(moments) == 1 or (again_within is not None and moments[-1] - moments[0] < again_within)

    def i17_no_secret_is_logged(self) -> None:
        assert not any(secret in str(line) for line in self.bed.logs for secret in SECRETS)
        assert not any("trandata=" in str(line) for line in self.bed.logs)

    def teardown(self) -> None:
        """Only where no step has failed: what comes after a failure proves nothing."""
        if sys.exc_info()[0] is None and self.cases:
            self.the_faults_stop()
            self.every_invariant_holds()
            books = Books.read(self.bed)
            for holds in EVENTUALLY:
                holds(books)
            self.i7_the_same_news_in_another_order_changes_nothing(books)
            self.i17_no_secret_is_logged()
            REACHED[self.bed.side.name].update(books.reached())

    def the_faults_stop(self) -> None:
        raise NotImplementedError

    def i7_the_same_news_in_another_order_changes_nothing(self, books: Books) -> None:
        raise NotImplementedError
